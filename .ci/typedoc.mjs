// A plug-in of TypeDoc: leaves out of docs/api what classes inherit from Effect's, such as the constructor of an error, and
// the `toJSON` that all errors share.
import { Converter, ReflectionKind } from "typedoc"

export const load = ({ converter }) =>
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const inherited = project.getReflectionsByKind(ReflectionKind.Constructor | ReflectionKind.Accessor)
      .filter(({ flags }) => !flags.isStatic)
    const shared = project.getReflectionsByKind(ReflectionKind.Method).filter(({ name }) => name === "toJSON")
    ;[...inherited, ...shared].forEach((reflection) => project.removeReflection(reflection))
    project.getReflectionsByKind(ReflectionKind.ClassOrInterface).forEach((type) => delete type.extendedTypes)
  })
