// Imports point down, and there are no cycles, not even of types: `npm run cycles`.
export default {
  forbidden: [
    {
      name: "no-cycle",
      comment: "Move what both need into a module below them.",
      severity: "error",
      from: {},
      to: { circular: true }
    },
    {
      name: "unresolvable",
      comment: "The import leads nowhere.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true }
    },
    {
      name: "internal-points-up",
      comment: "src/internal is below the services: it takes what it needs as arguments.",
      severity: "error",
      from: { path: "^src/internal/" },
      to: { path: "^src/(TriggerClient|index)\\.ts$" }
    },
    {
      name: "front-door-from-inside",
      comment: "src/index.ts only re-exports: import the module itself.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^src/index\\.ts$" }
    },
    {
      name: "library-needs-simulator",
      comment: "src/testing builds on the library, never the other way round.",
      severity: "error",
      from: { path: "^src/(?!testing/|cli/)" },
      to: { path: "^src/testing/" }
    },
    {
      name: "library-needs-command",
      comment: "src/cli is the topmost layer.",
      severity: "error",
      from: { path: "^src/(?!cli/)" },
      to: { path: "^src/cli/" }
    },
    {
      name: "sources-need-tests",
      comment: "What is published cannot import what is not.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|docs|\\.ci)/" }
    },
    {
      name: "undeclared-dependency",
      comment: "The library has its two peers and nothing else.",
      severity: "error",
      from: { path: "^src/(?!cli/)" },
      to: { path: "^node_modules/", pathNot: "^node_modules/(effect|@effect/platform)/" }
    },
    {
      name: "node-only",
      comment: "The library also runs where there is no Node.",
      severity: "error",
      from: { path: "^src/(?!cli/)" },
      to: { dependencyTypes: ["core"] }
    }
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["types", "import", "node", "default"] }
  }
}
