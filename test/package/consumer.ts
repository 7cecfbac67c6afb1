/** A program of a user who has installed the package. The package check compiles it and runs it with plain node. */
import * as trigger from "effect-trigger-dev"
import * as testing from "effect-trigger-dev/testing"

for (const [name, entry] of Object.entries({ "effect-trigger-dev": trigger, "effect-trigger-dev/testing": testing })) {
  console.log(`${name}: ${typeof entry}, ${Object.keys(entry).length} exports`)
}
