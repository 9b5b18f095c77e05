// Orders pasted or saved as a table: `camera,from,to[,label]`. Knows the formats of spreadsheets, nothing of servers.
import { CsvError, parse } from 'csv-parse/sync'
import { AppError } from '#contract/errors.ts'
import { faultsOf, refuseOrder } from './fault.ts'
import type { Fault } from './fault.ts'
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
  if (text.length > longestCsv) throw refuseTable('The CSV file is too large: more than 64 MB.', 'too-large')
  const lines = readLines(text)
  const first = lines[0]
  if (first === undefined) throw refuseTable('The CSV file has no lines.', 'empty')
  const header = readHeader(first)
  const rows = header === null ? lines : lines.slice(1)
  if (rows.length === 0) throw refuseTable('The CSV file has a header but no lines below it.', 'only-header')
  if (rows.length > mostItems)
    throw refuseTable(`The CSV file has more than ${mostItems} lines.`, 'too-many', { most: mostItems })
  const errors: (Wrong & { line: number })[] = []
  const items = rows.flatMap((row) => {
    const result = readRow(row, header ?? columns)
    if ('range' in result) return [result]
    errors.push({ ...result, line: row.number })
    return []
  })
  if (errors.length > 0) throw refuseRows(errors)
  return items
}

/** What is wrong with a line, in words and for programs. */
interface Wrong {
  text: string
  fault: Fault
}

function refuseRows(errors: readonly (Wrong & { line: number })[]): AppError {
  const [worst, ...others] = errors.map(({ line, text }) => [`line ${line}`, text] as const)
  const named = others.slice(0, 5).map(([line]) => line)
  const rest = others.length > named.length ? ` and ${others.length - named.length} more` : ''
  const more = named.length > 0 ? ` Also wrong: ${named.join(', ')}${rest}.` : ''
  const first = errors.slice(0, mostReported)
  return refuseOrder(
    `The CSV file cannot be used: ${worst?.[0] ?? ''}: ${worst?.[1] ?? ''}${more}`,
    first.map(({ fault, line }) => ({ ...fault, at: line })),
    { fields: Object.fromEntries(first.map(({ line, text }) => [`line ${line}`, text])), faultCount: errors.length },
  )
}

function refuseTable(message: string, reason: string, values: Omit<Fault, 'reason'> = {}): AppError {
  return refuseOrder(message, [{ ...values, reason: `csv-${reason}` }])
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
    const at = typeof error['lines'] === 'number' ? error['lines'] + skipped : null
    const isQuote = /QUOTE/.test(error.code)
    const why = isQuote ? 'a quote is not closed, or stands inside a cell' : 'the line cannot be read'
    throw refuseTable(
      `The CSV file cannot be used: ${at === null ? '' : `line ${at}: `}${why}.`,
      isQuote ? 'quote' : 'line',
      at === null ? {} : { at },
    )
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
    throw refuseColumn(line, at, name)
  })
  const missing = (['camera', 'from', 'to'] as const).find((column) => !header.includes(column))
  const double = columns.find((column) => header.indexOf(column) !== header.lastIndexOf(column))
  const column = missing ?? double
  if (column === undefined) return header
  throw refuseTable(
    `The CSV file cannot be used: line ${line.number}: the column “${column}” ${missing ? 'is missing' : 'is there twice'}.`,
    missing ? 'no-column' : 'double-column',
    { at: line.number, column },
  )
}

function refuseColumn(line: Line, at: number, name: string): AppError {
  const nearest = findNearest(name, columns)
  const known = columns.join(', ')
  const column = (line.cells[at] ?? '').slice(0, 40)
  const hint = nearest === null ? `Known: ${known}.` : `Did you mean “${nearest}”?`
  return refuseTable(
    `The CSV file cannot be used: line ${line.number}: the column “${column}” is not known. ${hint}`,
    'column',
    { at: line.number, column, nearest, known },
  )
}

function columnOf(name: string): Column | null {
  return columns.find((column) => column === name) ?? otherNames[name] ?? null
}

/** The item, or what is wrong with the line. */
function readRow(row: Line, header: readonly (Column | null)[]): PlanItem | Wrong {
  const count = row.cells.length
  const known = header.length
  if (count > known) return wrong(`has ${count} columns, ${known} are known.`, 'columns', { count, known })
  const cell = (column: Column): string => row.cells[header.indexOf(column)] ?? ''
  const cameraId = cell('camera')
  const label = cell('label')
  const stream = cell('stream')
  if (cameraId === '') return wrong('the camera is missing.', 'no-camera')
  if (cameraId.length > 128) return wrong('the camera is longer than 128 characters.', 'long-camera')
  if (label.length > 200) return wrong('the label is longer than 200 characters.', 'long-label')
  if (stream !== '' && stream !== 'main' && stream !== 'sub') return wrong('the stream must be main or sub.', 'stream')
  try {
    const range = { fromMs: parseInstant(cell('from')), toMs: parseInstant(cell('to')) }
    if (range.toMs <= range.fromMs) return wrong('the range must end after it begins.', 'range')
    return { cameraId, range, ...(label ? { label } : {}), ...(stream ? { stream } : {}) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const [fault = { reason: 'csv-line' }] = faultsOf(error)
    return { text: error.message, fault }
  }
}

function wrong(text: string, reason: string, values: Record<string, number> = {}): Wrong {
  return { text, fault: { reason: `csv-${reason}`, ...values } }
}
