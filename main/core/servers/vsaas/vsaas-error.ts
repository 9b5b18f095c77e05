// What this dialect says when it refuses: `{message, errors: {field: [text]}}` (document 000), as an AppError.
import { AppError } from '#contract/errors.ts'
import { fromHttpStatus } from '#core/http/index.ts'
import { parseRetryAfter } from '#core/network/index.ts'
import type { HttpReply } from '#core/http/index.ts'
import { cleanText, errorBody, strangerError } from '../connection.ts'
import { zError } from './generated/zod.gen.ts'

/**
 * `nowMs` for Retry-After; `forbidden` is the remedy shown with 403. 422 becomes invalid-input with `fields` (texts by
 * field name, in the language asked for).
 */
export function vsaasError(reply: HttpReply, context: { nowMs: number; forbidden?: string }): AppError {
  const stranger = strangerError(reply)
  if (stranger !== null) return stranger
  const body = zError.partial().safeParse(errorBody(reply)).data
  const fields = Object.fromEntries(
    Object.entries(body?.errors ?? {})
      .slice(0, 50)
      .map(([field, texts]) => [cleanText(field), texts.map(cleanText).join(' ')]),
  )
  const fieldTexts = Object.entries(fields).map(([field, text]) => `${field}: ${text}`)
  // "Nothing useful" stands in `message` when there are fields (document 002).
  const text = fieldTexts.length > 0 ? fieldTexts.join('; ') : cleanText(body?.message ?? '')
  const retryAtMs = parseRetryAfter(reply.headers['retry-after'], context.nowMs)
  const general = fromHttpStatus(reply.status, { origin: reply.origin, retryAtMs, text })
  const details = { ...general.details, ...(fieldTexts.length > 0 ? { fields } : {}) }
  return new AppError(general.code, messageOf(reply, general.message, text, context.forbidden), { details })
}

function messageOf(reply: HttpReply, general: string, text: string, forbidden: string | undefined): string {
  const says = text === '' ? '' : ` It says: ${text}`
  if (reply.status === 400) {
    return `${reply.origin} could not carry this out, often because a system behind it failed (400).${says}`
  }
  if (reply.status === 401) return `${reply.origin} does not accept the token (401). Paste a new one.${says}`
  if (reply.status === 402) {
    return `The licence of ${reply.origin} is used up or has a problem (402). Its administrator has to see to it.${says}`
  }
  if (reply.status === 403 && forbidden !== undefined) return `${forbidden} (403)${says}`
  if (reply.status === 503) return `${reply.origin} is under maintenance or being updated (503).${says}`
  return general
}
