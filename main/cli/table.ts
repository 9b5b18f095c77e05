// Rows as a table of aligned columns. Pure; the cells may come from anywhere.
import { fitWidth, measureWidth, plainText } from './format.ts'

const widestColumn = 48

/** One line for each row, the titles first. `whole`: columns that are never cut, such as ids that people copy. */
export function drawTable(titles: readonly string[], rows: readonly string[][], whole: readonly number[]): string[] {
  const table = [titles, ...rows.map((row) => row.map(plainText))]
  const widths = titles.map((_, column) => {
    const widest = table.reduce((most, row) => Math.max(most, measureWidth(row[column] ?? '')), 0)
    return whole.includes(column) ? widest : Math.min(widest, widestColumn)
  })
  return table.map((row) =>
    row
      .map((cell, column) => fitWidth(cell, widths[column] ?? 0, true))
      .join('  ')
      .trimEnd(),
  )
}
