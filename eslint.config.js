import * as effectPlugin from "@effect/eslint-plugin"
import js from "@eslint/js"
import tseslint from "typescript-eslint"
import { files, formatting, ignored } from "./.ci/eslint.format.js"

const useInstead = (instead) => `Use ${instead}: a test must be able to control it.`

const restrictedGlobals = [
  { name: "setTimeout", message: useInstead("Effect.sleep or Effect.timeout") },
  { name: "setInterval", message: useInstead("Schedule") },
  { name: "setImmediate", message: useInstead("Effect.yieldNow") },
  { name: "performance", message: useInstead("Clock") },
  { name: "console", message: useInstead("Effect.log or Console") },
  { name: "process", message: useInstead("Config, or a service of @effect/platform") },
  { name: "fetch", message: useInstead("HttpClient") },
  { name: "Buffer", message: "Use Encoding or Uint8Array: the library also runs where there is no Buffer." }
]

const everywhere = [
  {
    selector: "CallExpression[callee.property.name='push'] > SpreadElement.arguments",
    message: "Spreading into push overflows the stack on long arrays: loop, or build a new array."
  }
]

const inSources = [
  ...everywhere,
  { selector: "ExportDefaultDeclaration", message: "Name what you export." },
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: useInstead("Clock or DateTime") },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: useInstead("Clock or DateTime") },
  { selector: "CallExpression[callee.name='Date']", message: useInstead("Clock or DateTime") },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: useInstead("Random") },
  {
    selector: `MemberExpression[object.name='globalThis'][property.name=/^(${
      restrictedGlobals.map(({ name }) => name).join("|")
    })$/]`,
    message: "The rules for globals hold through globalThis too."
  }
]

export default tseslint.config(
  ignored,
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "no-restricted-syntax": ["error", ...everywhere],
      "object-shorthand": "error",
      eqeqeq: "error",
      // Effect.gen takes a generator even where nothing is yielded.
      "require-yield": "off",
      "@typescript-eslint/array-type": ["error", { default: "generic", readonly: "generic" }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-deprecated": "error",
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-namespace": ["error", { allowDeclarations: true }],
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false }
      ],
      // Effect's modules and services are records of functions that never read `this`.
      "@typescript-eslint/unbound-method": "off"
    }
  },
  {
    name: "sources",
    files: ["src/**/*.ts", "src/**/*.tsx"],
    plugins: { "@effect": effectPlugin },
    rules: {
      "no-restricted-globals": ["error", ...restrictedGlobals],
      "no-restricted-syntax": ["error", ...inSources],
      "no-restricted-imports": ["error", {
        paths: [
          { name: "effect", message: "Import the module, as in \"effect/Effect\": bundles stay small." },
          { name: "@effect/platform", message: "Import the module, as in \"@effect/platform/HttpClient\"." }
        ],
        patterns: [
          { regex: "^node:", message: "The library also runs where there is no Node: use @effect/platform." },
          { regex: "^effect-trigger-dev(/|$)", message: "Inside the package, import by relative path." },
          { regex: "^\\.{1,2}/.*(?<!\\.js(on)?)$", message: "Relative imports end in .js." }
        ]
      }],
      "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "never" }]
    }
  },
  {
    name: "the command, which runs on Node",
    files: ["src/cli/**/*.ts", "src/cli/**/*.tsx"],
    rules: {
      "no-restricted-globals": "off",
      "no-restricted-syntax": ["error", ...everywhere],
      "no-restricted-imports": "off"
    }
  },
  {
    name: "tests and tools",
    files: ["test/**/*.ts", "docs/**/*.ts", ".ci/**/*.ts"],
    rules: {
      // How an error prints is what some tests are about.
      "@typescript-eslint/no-base-to-string": "off",
      "@typescript-eslint/restrict-template-expressions": "off",
      // What comes out of JSON.parse is looked at, not typed, in a test.
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off"
    }
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module" }
  },
  { ...formatting, files }
)
