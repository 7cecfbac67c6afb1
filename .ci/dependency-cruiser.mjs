// Imports point down, and there are no cycles, not even of types: `npm run cycles`.

/** The rooms of src/internal. Each imports from rooms to its left only; the last two do not know each other. */
const rooms = ["describe", "settings", "http", "rateLimit", "api", "output"]

/** What a room may not import: the rooms to its right. */
const direction = (room, forbidden) => ({
  name: `${room}-points-left`,
  comment: `src/internal/${room} imports only from rooms to its left: see src/internal/README.md.`,
  severity: "error",
  from: { path: `^src/internal/${room}/` },
  to: { path: `^src/internal/(${forbidden.join("|")})/` }
})

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
    ...rooms.map((room, index) => direction(room, [...rooms.slice(index + 1), "batch"])),
    direction("batch", ["output"]),
    {
      name: "internal-has-rooms",
      comment: "Every module of src/internal belongs to a room.",
      severity: "error",
      from: {},
      to: { path: "^src/internal/[^/]+\\.ts$" }
    },
    {
      name: "internal-points-up",
      comment: "src/internal takes services as plain arguments: only TriggerClient resolves them.",
      severity: "error",
      from: { path: "^src/internal/" },
      to: { path: "^src/(TriggerClient|TriggerAuth|TriggerConfig|index)\\.ts$" }
    },
    {
      name: "front-door-from-inside",
      comment: "src/index.ts only re-exports: import the module itself.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^src/index\\.ts$" }
    },
    {
      name: "library-needs-an-entry",
      comment: "src/testing, src/workflow and src/cli build on the library, never the other way round.",
      severity: "error",
      from: { path: "^src/(?!testing/|workflow/|cli/)" },
      to: { path: "^src/(testing|workflow|cli)/" }
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
      from: { path: "^src/(?!testing/|workflow/|cli/)" },
      to: { path: "^node_modules/", pathNot: "^node_modules/(effect|@effect/platform)/" }
    },
    {
      name: "undeclared-dependency-of-testing",
      comment: "The simulator has the two peers, and superjson, with which tasks serialise their outputs.",
      severity: "error",
      from: { path: "^src/testing/" },
      to: { path: "^node_modules/", pathNot: "^node_modules/(effect|@effect/platform|superjson)/" }
    },
    {
      name: "workflow-dependencies",
      comment: "src/workflow has the two peers, and its own one, which is optional.",
      severity: "error",
      from: { path: "^src/workflow/" },
      to: { path: "^node_modules/", pathNot: "^node_modules/(effect|@effect/platform|@effect/workflow)/" }
    },
    {
      name: "workflow-is-a-user",
      comment: "src/workflow uses what the package exports, as a program of a user would.",
      severity: "error",
      from: { path: "^src/workflow/" },
      to: { path: "^src/(internal|testing|cli)/" }
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
