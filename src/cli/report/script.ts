/**
 * The script of the page, which searches and filters the runs. Without scripts, all runs are shown.
 */
export const script = `
"use strict"
const byId = (id) => document.getElementById(id)
const rows = [...document.querySelectorAll(".runs tbody tr")].map((row) => ({ row, text: row.textContent.toLowerCase() }))
const search = byId("search"), state = byId("state"), task = byId("task"), group = byId("group"), shown = byId("shown")
const all = shown.textContent

const filter = () => {
  const words = search.value.toLowerCase().split(/\\s+/)
  let count = 0
  for (const { row, text } of rows) {
    const fits = (state.value === "" || row.dataset.state === state.value) &&
      (task.value === "" || row.dataset.task === task.value) &&
      (group.value === "" || row.dataset.group === group.value) &&
      words.every((word) => text.includes(word))
    row.hidden = !fits
    count += fits ? 1 : 0
  }
  shown.textContent = count === rows.length ? all : count + " of " + all
}

const reset = () => {
  for (const control of [search, state, task, group]) control.value = ""
  filter()
}

for (const control of [search, state, task, group]) control.addEventListener("input", filter)
byId("reset").addEventListener("click", reset)
for (const button of document.querySelectorAll("button[data-group]")) {
  button.hidden = false
  button.addEventListener("click", () => {
    reset()
    group.value = button.dataset.group
    filter()
    byId("runs").scrollIntoView()
    byId("runs").focus({ preventScroll: true })
  })
}
byId("controls").hidden = false
filter()
`
