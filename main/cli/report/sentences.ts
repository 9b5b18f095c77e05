// Items, errors and summaries in words. Pure; every name in them is cleaned of what a terminal would obey.
import type { ErrorValue } from '#contract/errors.ts'
import type { Batch, Item } from '#contract/exports.ts'
import { formatBytes, plainText } from '../format.ts'
import type { Texts } from '../texts/index.ts'
import { countItems, mainFileOf } from './reporter.ts'

/** `Gate north: done, gate.mp4, 48.2 MB, 1 gap` */
export function describeItem(item: Item, texts: Texts): string {
  return `${nameItem(item)}: ${describeState(item, texts)}`
}

export function nameItem(item: Item): string {
  return plainText(item.order.label || item.cameraName)
}

export function describeState(item: Item, texts: Texts): string {
  const { state } = item
  switch (state.kind) {
    case 'running':
      return item.isPreparing ? texts.state.preparing : texts.state[state.step]
    case 'waiting': {
      const until = state.retryAtMs === null ? '' : ` ${texts.until(formatClock(state.retryAtMs))}`
      return `${texts.state.waiting}${until}: ${describeError(state.error, texts)}`
    }
    case 'done': {
      const { gaps, fetchedBytes } = state.result
      const facts = [mainFileOf(item) ?? '', formatBytes(fetchedBytes, texts.unit)]
      if (gaps.length > 0) facts.push(texts.gaps(gaps.length))
      return [
        `${texts.state.done}, ${facts.join(', ')}`,
        ...texts.warnings(state.result, item.order.range).map((warning) => `    ${plainText(warning)}`),
      ].join('\n')
    }
    case 'failed':
      return `${texts.state.failed}: ${describeError(state.error, texts)}`
    default:
      return texts.state[state.kind]
  }
}

/** What happened, and for an unknown certificate what to compare and which flag accepts it. */
export function describeError(error: ErrorValue, texts: Texts): string {
  const message = plainText(texts.error(error))
  const fingerprint = error.details?.['fingerprint']
  if (error.code !== 'untrusted-certificate' || typeof fingerprint !== 'string') return message
  return `${message}\n  ${texts.trust(plainText(fingerprint))}`
}

export function describeSummary(batch: Batch, texts: Texts): string {
  const { done, failed, cancelled, gaps, bytes } = countItems(batch.items)
  const line = texts.summary(done, failed, cancelled, formatBytes(bytes, texts.unit), gaps)
  return `${line}\n${texts.filesIn(batch.destination)}${failed > 0 ? `\n${texts.again(batch.destination)}` : ''}`
}

function formatClock(unixMs: number): string {
  const time = new Date(unixMs)
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}
