// From the flags of `export`, and the files they name, to one plan. Reads files; asks nobody.
import { readFile, stat } from 'node:fs/promises'
import { isAppError, toErrorValue } from '#contract/errors.ts'
import type { CallInput } from '#contract/index.ts'
import type { ServerInput } from '#contract/servers.ts'
import {
  fingerprintTextSchema,
  longestCsv,
  parseCsv,
  parseInstant,
  parsePlan,
  parseZone,
  validateTemplate,
} from '#core/exports/order/index.ts'
import type { Plan, PlanItem } from '#core/exports/order/index.ts'
import { reasonOf } from './credentials.ts'
import type { Texts } from './texts/index.ts'
import { untilAborted } from './until-aborted.ts'
import { UsageError } from './usage-error.ts'

export interface ServerFlags {
  server?: string
  dialect?: string
  trustSha256?: string[]
  tokenFile?: string
  serverZone?: string
}

export interface ExportFlags extends ServerFlags {
  plan?: string
  csv?: string
  camera?: string[]
  from?: string
  until?: string
  to?: string
  name?: string
  template?: string
  zone?: string
  container?: string
  audio?: string
  keepOriginal?: boolean
  decode?: boolean
  caseNumber?: string
  exhibit?: string
  requester?: string
  legalBasis?: string
  note?: string
  concurrency?: string
}

type OptionInput = NonNullable<CallInput<'exports.start'>['options']>

export interface ReadOrder {
  server: ServerInput
  name: string | undefined
  items: PlanItem[]
  case: NonNullable<Plan['case']>
  options: OptionInput
}

/** Flags win over the plan. Errors: UsageError, cancelled. */
export async function readOrder(flags: ExportFlags, texts: Texts, signal: AbortSignal): Promise<ReadOrder> {
  const { usage } = texts
  if (flags.plan !== undefined && flags.csv !== undefined) throw new UsageError(usage.together('--plan', '--csv'))
  const byFile = flags.plan !== undefined ? '--plan' : flags.csv !== undefined ? '--csv' : null
  const byFlags = (['camera', 'from', 'until'] as const).find((flag) => flags[flag] !== undefined)
  if (byFile !== null && byFlags !== undefined) throw new UsageError(usage.together(byFile, `--${byFlags}`))
  const plan = await untilAborted(readPlan(flags, texts), signal)
  const { caseNumber: number, exhibit, requester, legalBasis, note } = flags
  return {
    server: readServer(flags, texts, plan.server),
    name: flags.name ?? plan.name,
    items: plan.items,
    case: { ...plan.case, ...defined({ number, exhibit, requester, legalBasis, note }) },
    options: { ...plan.options, ...readOptions(flags, texts) },
  }
}

/** `--server` and `--dialect`, or those of the plan. Errors: UsageError. */
export function readServer(flags: ServerFlags, texts: Texts, planned?: Plan['server']): ServerInput {
  const { usage } = texts
  const url = flags.server ?? planned?.url
  const dialect = flags.dialect ?? planned?.dialect
  if (url === undefined) throw new UsageError(usage.needed('--server'))
  if (dialect === undefined) throw new UsageError(usage.needed('--dialect'))
  if (dialect !== 'vms' && dialect !== 'vsaas') throw new UsageError(usage.bad('--dialect', usage.oneOf('vms, vsaas')))
  if (/^[a-z]+:\/\/[^/]*@/i.test(url) || /[?&](token|password|key|auth)/i.test(url))
    throw new UsageError(usage.secretInUrl)
  const { serverZone } = flags
  const base = flags.server === undefined ? planned : undefined
  const plannedZone = base?.settings?.zone
  const zone =
    serverZone === undefined
      ? plannedZone && asUsage('--plan: server.settings.zone', texts, () => parseZone(plannedZone))
      : asUsage('--server-zone', texts, () => parseZone(serverZone))
  return { ...base, url, dialect, ...(zone ? { settings: { ...base?.settings, zone } } : {}) }
}

/** Colons and case do not matter. Errors: UsageError. */
export function readFingerprints(values: readonly string[] | undefined, texts: Texts): string[] {
  return (values ?? []).map((value) => {
    const parsed = fingerprintTextSchema.safeParse(value)
    if (!parsed.success) throw new UsageError(texts.usage.bad('--trust-sha256', texts.usage.fingerprint))
    return parsed.data
  })
}

/** Unix milliseconds. Errors: UsageError, with the name of the flag. */
export function readMoment(flag: string, value: string, texts: Texts): number {
  return asUsage(flag, texts, () => parseInstant(value))
}

/** Errors: UsageError, with the name of the flag. */
export function readWholeNumber(flag: string, value: string, least: number, most: number, texts: Texts): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  throw new UsageError(texts.usage.bad(flag, texts.usage.wholeNumber(least, most)))
}

async function readPlan(flags: ExportFlags, texts: Texts): Promise<Pick<Plan, 'items'> & Partial<Plan>> {
  if (flags.plan !== undefined) return parsePlanText(flags.plan, await readText(flags.plan, texts), texts)
  const { csv } = flags
  if (csv !== undefined) {
    const text = await readText(csv, texts)
    return { items: asUsage('--csv', texts, () => parseCsv(text)) }
  }
  const { camera, from, until } = flags
  if (camera === undefined && from === undefined && until === undefined) throw new UsageError(texts.usage.neededOneOf)
  if (camera === undefined) throw new UsageError(texts.usage.needed('--camera'))
  if (from === undefined) throw new UsageError(texts.usage.needed('--from'))
  if (until === undefined) throw new UsageError(texts.usage.needed('--until'))
  const fromMs = readMoment('--from', from, texts)
  const toMs = readMoment('--until', until, texts)
  if (toMs <= fromMs) throw new UsageError(texts.usage.bad('--until', texts.usage.after('--from')))
  return { items: camera.map((cameraId) => ({ cameraId, range: { fromMs, toMs } })) }
}

function parsePlanText(path: string, text: string, texts: Texts): Plan {
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const where = /position \d+|line \d+ column \d+/.exec(error instanceof Error ? error.message : '')?.[0] ?? ''
    throw new UsageError(texts.usage.notJson(path, where))
  }
  const plan = asUsage('--plan', texts, () => parsePlan(json))
  const { nameTemplate, zone } = plan.options ?? {}
  if (nameTemplate !== undefined) asUsage('--plan: options.nameTemplate', texts, () => validateTemplate(nameTemplate))
  if (zone !== undefined) asUsage('--plan: options.zone', texts, () => parseZone(zone))
  return plan
}

async function readText(path: string, texts: Texts): Promise<string> {
  try {
    if ((await stat(path)).size > longestCsv) throw new UsageError(texts.usage.tooLarge(path))
    return decodeText(path, await readFile(path), texts)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(texts.usage.unreadable(path, reasonOf(error)))
  }
}

/** UTF-8, or what spreadsheets call Unicode: UTF-16 with its mark. Errors: UsageError. */
function decodeText(path: string, bytes: Buffer, texts: Texts): string {
  if (bytes.length > longestCsv) throw new UsageError(texts.usage.tooLarge(path))
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError(texts.usage.notUtf8(path))
  }
}

function readOptions(flags: ExportFlags, texts: Texts): OptionInput {
  const { template, zone, container, audio, keepOriginal, decode, concurrency } = flags
  if (template !== undefined) asUsage('--template', texts, () => validateTemplate(template))
  return defined({
    nameTemplate: template,
    zone: zone === undefined ? undefined : asUsage('--zone', texts, () => parseZone(zone)),
    container: oneOf('--container', container, ['mp4', 'mkv'] as const, texts),
    audio: oneOf('--audio', audio, ['keep', 'drop'] as const, texts),
    keepOriginal,
    decode,
    concurrency: concurrency === undefined ? undefined : readWholeNumber('--concurrency', concurrency, 1, 32, texts),
  })
}

function oneOf<T extends string>(
  flag: string,
  value: string | undefined,
  values: readonly T[],
  texts: Texts,
): T | undefined {
  const found = values.find((candidate) => candidate === value)
  if (value === undefined || found !== undefined) return found
  throw new UsageError(texts.usage.bad(flag, texts.usage.oneOf(values.join(', '))))
}

/** What the core finds wrong with a value, as an error of the flag that gave it. */
function asUsage<T>(flag: string, texts: Texts, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isAppError(error, 'invalid-input'))
      throw new UsageError(texts.usage.bad(flag, texts.error(toErrorValue(error))))
    throw error
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}
