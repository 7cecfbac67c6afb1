// The formatter: dprint, as an ESLint rule, with the settings of the Effect repositories.
// `npm run format:check` runs this file alone, which needs no type information; `npm run lint` includes it.
import * as effectPlugin from "@effect/eslint-plugin"
import tseslint from "typescript-eslint"

export const ignored = { ignores: ["dist/", "coverage/", ".tmp/"] }

export const files = ["**/*.ts", "**/*.tsx", "**/*.js", "**/*.mjs"]

export const formatting = {
  name: "formatting",
  files,
  plugins: { "@effect": effectPlugin },
  rules: {
    "@effect/dprint": [
      "error",
      {
        config: {
          indentWidth: 2,
          lineWidth: 120,
          semiColons: "asi",
          quoteStyle: "alwaysDouble",
          trailingCommas: "never",
          operatorPosition: "maintain",
          "arrowFunction.useParentheses": "force"
        }
      }
    ]
  }
}

export default [
  ignored,
  {
    files,
    languageOptions: { parser: tseslint.parser },
    // Comments that switch off a rule of the full configuration are not this one's business.
    linterOptions: { reportUnusedDisableDirectives: "off" }
  },
  formatting
]
