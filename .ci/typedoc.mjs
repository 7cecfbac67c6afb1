// A plug-in of TypeDoc: leaves out of docs/api what classes inherit from Effect's, such as the constructor of an error, and the
// comment that a function repeats for each signature.
import { Converter, ReflectionKind, RendererEvent } from "typedoc"

export const load = ({ converter, renderer }) => {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const inherited = project.getReflectionsByKind(ReflectionKind.Constructor | ReflectionKind.Accessor)
      .filter(({ flags }) => !flags.isStatic)
    inherited.forEach((reflection) => project.removeReflection(reflection))
    project.getReflectionsByKind(ReflectionKind.ClassOrInterface).forEach((type) => delete type.extendedTypes)
  })
  // after the validation, which asks for a comment of each signature
  renderer.on(
    RendererEvent.BEGIN,
    ({ project }) =>
      project.getReflectionsByKind(ReflectionKind.Function).forEach(({ signatures }) =>
        signatures.slice(1).forEach((signature) => delete signature.comment)
      )
  )
}
