// Orders pasted or saved as a table: `camera,from,to[,label]`. Knows the formats of spreadsheets, nothing of servers.
import { CsvError, parse } from 'csv-parse/sync'
import { AppError } from '#contract/errors.ts'
import { parseInstant } from './instant.ts'
import { findNearest } from './nearest.ts'
import { mostItems } from './plan.ts'
import type { PlanItem } from './plan.ts'

/** Longest text that is read, in characters. */
export const longestCsv = 64 * 1024 * 1024
const mostReported = 20
const columns = ['camera', 'from', 'to', 'label', 'stream'] as const
type Column = (typeof columns)[number]
const otherNames: Record<string, Column> = {
  'camera id': 'camera',
  camera_id: 'camera',
  cameraid: 'camera',
  until: 'to',
}

interface Line {
  number: number
  cells: string[]
}

/**
 * Columns by a header in any order, or `camera,from,to[,label]` without one. Separator `,`, `;` or tab; quotes, a byte-order
 * mark and Excel's `sep=` line are understood. Errors: invalid-input with the line numbers, all of them in `details.fields`.
 */
export function parseCsv(text: string): PlanItem[] {
  if (text.length > longestCsv) throw new AppError('invalid-input', 'The CSV file is too large: more than 64 MB.')
  const lines = readLines(text)
  const first = lines[0]
  if (first === undefined) throw new AppError('invalid-input', 'The CSV file has no lines.')
  const header = readHeader(first)
  const rows = header === null ? lines : lines.slice(1)
  if (rows.length === 0) throw new AppError('invalid-input', 'The CSV file has a header but no lines below it.')
  if (rows.length > mostItems) throw new AppError('invalid-input', `The CSV file has more than ${mostItems} lines.`)
  const errors: [string, string][] = []
  const items = rows.flatMap((row) => {
    const result = readRow(row, header ?? columns)
    if (typeof result !== 'string') return [result]
    errors.push([`line ${row.number}`, result])
    return []
  })
  const [worst, ...others] = errors
  if (worst === undefined) return items
  const more =
    others.length > 0
      ? ` Also wrong: ${others
          .slice(0, 5)
          .map(([line]) => line)
          .join(', ')}${others.length > 5 ? ` and ${others.length - 5} more` : ''}.`
      : ''
  throw new AppError('invalid-input', `The CSV file cannot be used: ${worst[0]}: ${worst[1]}${more}`, {
    details: { fields: Object.fromEntries(errors.slice(0, mostReported)) },
  })
}

function readLines(text: string): Line[] {
  const body = text.replace(/^\uFEFF/, '')
  const separator = /^sep=([,;\t])\r?\n/i.exec(body)
  const skipped = separator ? 1 : 0
  const content = separator ? body.slice(separator[0].length) : body
  try {
    const found: Line[] = []
    parse(content, {
      delimiter: separator?.[1] ?? findDelimiter(content),
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
      max_record_size: 64 * 1024,
      to: mostItems + 2,
      on_record: (cells: string[], { lines }) => {
        found.push({ number: lines + skipped, cells })
        return null
      },
    })
    return found
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = typeof error['lines'] === 'number' ? `line ${error['lines'] + skipped}: ` : ''
    const why = /QUOTE/.test(error.code) ? 'a quote is not closed, or stands inside a cell' : 'the line cannot be read'
    throw new AppError('invalid-input', `The CSV file cannot be used: ${line}${why}.`, { cause: error })
  }
}

/** The separator that the first line has most of, outside quotes. */
function findDelimiter(text: string): ',' | ';' | '\t' {
  const firstLine = (/^[^\r\n]*/.exec(text.trimStart())?.[0] ?? '').replace(/"[^"]*"/g, '')
  const count = (separator: string): number => firstLine.split(separator).length - 1
  const candidates = [',', ';', '\t'] as const
  return [...candidates].sort((a, b) => count(b) - count(a))[0] ?? ','
}

/** Null: the first line is already an order. */
function readHeader(line: Line): (Column | null)[] | null {
  const names = line.cells.map((cell) => cell.toLowerCase())
  const isHeader = names.some((name) => columnOf(name) === 'camera')
  if (!isHeader) return null
  const header = names.map((name, at) => {
    const column = columnOf(name)
    if (column !== null || name === '') return column
    const nearest = findNearest(name, columns)
    const hint = nearest === null ? `Known: ${columns.join(', ')}.` : `Did you mean “${nearest}”?`
    throw new AppError(
      'invalid-input',
      `The CSV file cannot be used: line ${line.number}: the column “${(line.cells[at] ?? '').slice(0, 40)}” is not known. ${hint}`,
    )
  })
  const problem = (['camera', 'from', 'to'] as const).find((column) => !header.includes(column))
  const double = columns.find((column) => header.indexOf(column) !== header.lastIndexOf(column))
  if (problem === undefined && double === undefined) return header
  throw new AppError(
    'invalid-input',
    `The CSV file cannot be used: line ${line.number}: the column “${problem ?? double ?? ''}” ${problem ? 'is missing' : 'is there twice'}.`,
  )
}

function columnOf(name: string): Column | null {
  return columns.find((column) => column === name) ?? otherNames[name] ?? null
}

/** The item, or what is wrong with the line. */
function readRow(row: Line, header: readonly (Column | null)[]): PlanItem | string {
  if (row.cells.length > header.length) return `has ${row.cells.length} columns, ${header.length} are known.`
  const cell = (column: Column): string => row.cells[header.indexOf(column)] ?? ''
  const cameraId = cell('camera')
  const label = cell('label')
  const stream = cell('stream')
  if (cameraId === '') return 'the camera is missing.'
  if (cameraId.length > 128) return 'the camera is longer than 128 characters.'
  if (label.length > 200) return 'the label is longer than 200 characters.'
  if (stream !== '' && stream !== 'main' && stream !== 'sub') return 'the stream must be main or sub.'
  try {
    const range = { fromMs: parseInstant(cell('from')), toMs: parseInstant(cell('to')) }
    if (range.toMs <= range.fromMs) return 'the range must end after it begins.'
    return { cameraId, range, ...(label ? { label } : {}), ...(stream ? { stream } : {}) }
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}
