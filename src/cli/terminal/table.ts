/**
 * Draws a table as wide as the terminal: the last column gets the width that the others leave.
 */
import Table from "cli-table3"
import stringWidth from "string-width"

/** No frame, so that grep and cut work on the lines. */
const chars = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: ""
}

const gap = 2

/** The last column gets at least this width, as long as another column can give it. */
const comfortable = 20

/** The least width of a column that is shortened: eight characters and the gap. */
const narrowest = 10

/** The greatest width of the last column where there is no terminal. */
const widest = 200

/** The time of cli-table3 grows with the square of its rows. */
const rowsAtOnce = 100

type Rows = ReadonlyArray<ReadonlyArray<string>>

const sum = (widths: ReadonlyArray<number>): number => widths.reduce((total, width) => total + width, 0)

/** The width of each column, from the width that it would need. */
const fit = (
  needed: ReadonlyArray<number>,
  width: number | undefined,
  shortened: number | undefined
): Array<number> => {
  const others = needed.slice(0, -1)
  const last = needed.at(-1) ?? 0
  if (width === undefined) {
    return [...others, Math.min(last, widest)]
  }
  const missing = Math.max(0, sum(others) + Math.min(last, comfortable) - width)
  const fitted = others.map((need, column) =>
    column === shortened ? Math.max(Math.min(need, narrowest), need - missing) : need
  )
  return [...fitted, Math.min(last, Math.max(narrowest, width - sum(fitted)))]
}

const draw = (rows: Rows, colWidths: Array<number>): string => {
  const drawn = new Table({
    chars,
    colWidths,
    style: { "padding-left": 0, "padding-right": gap, head: [], border: [] }
  })
  for (const row of rows) {
    drawn.push([...row])
  }
  return drawn.toString()
}

/**
 * Rows without a head. `width` is the width of the terminal in columns; undefined for a file or a pipe. Where the others
 * leave too little for the last column, the column with the index `shortened` is shortened as well.
 */
export const rows = (rows: Rows, width: number | undefined, shortened?: number): string => {
  if (rows.length === 0) {
    return ""
  }
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0)
  const needed = Array.from(
    { length: columns },
    (_, column) => gap + rows.reduce((most, row) => Math.max(most, stringWidth(row[column] ?? "")), 0)
  )
  const widths = fit(needed, width, shortened)
  const parts = Array.from(
    { length: Math.ceil(rows.length / rowsAtOnce) },
    (_, part) => draw(rows.slice(part * rowsAtOnce, (part + 1) * rowsAtOnce), widths)
  )
  return `${parts.join("\n").replace(/[ \t]+$/gm, "")}\n`
}

export const table = (head: ReadonlyArray<string>, body: Rows, width: number | undefined, shortened?: number): string =>
  rows([head, ...body], width, shortened)
