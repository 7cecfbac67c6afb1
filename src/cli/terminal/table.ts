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

/** The least width of the last column. */
const narrowest = 20

/** Its greatest width where there is no terminal. */
const widest = 200

type Rows = ReadonlyArray<ReadonlyArray<string>>

/** Rows without a head. `width` is the width of the terminal in columns; undefined for a file or a pipe. */
export const rows = (rows: Rows, width: number | undefined): string => {
  if (rows.length === 0) {
    return ""
  }
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0)
  const widths = Array.from(
    { length: columns },
    (_, column) => gap + rows.reduce((most, row) => Math.max(most, stringWidth(row[column] ?? "")), 0)
  )
  const others = widths.slice(0, -1).reduce((sum, width) => sum + width, 0)
  const room = width === undefined ? widest : Math.max(narrowest, width - others)
  const drawn = new Table({
    chars,
    colWidths: [...widths.slice(0, -1), Math.min(widths.at(-1) ?? 0, room)],
    style: { "padding-left": 0, "padding-right": gap, head: [], border: [] }
  })
  for (const row of rows) {
    drawn.push([...row])
  }
  return `${drawn.toString().replace(/[ \t]+$/gm, "")}\n`
}

export const table = (head: ReadonlyArray<string>, body: Rows, width: number | undefined): string =>
  rows([head, ...body], width)
