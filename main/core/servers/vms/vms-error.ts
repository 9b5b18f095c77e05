// What this dialect says when it refuses: `{status, status_code, detail}`, or 422 as `{detail: [{loc, msg, type}]}`
// (document 001), as an AppError.
import { z } from 'zod'
import { AppError } from '#contract/errors.ts'
import type { ErrorCode } from '#contract/errors.ts'
import { fromHttpStatus } from '#core/http/index.ts'
import { parseRetryAfter } from '#core/network/index.ts'
import type { HttpReply } from '#core/http/index.ts'
import { cleanText, errorBody, strangerError } from '../connection.ts'

const bodySchema = z.object({
  status: z.string().optional(),
  detail: z
    .union([
      z.string(),
      z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])).optional(), msg: z.string() })),
    ])
    .optional(),
})

const known: Record<string, { code: ErrorCode; message: string }> = {
  videoclip_invalid_time_range: {
    code: 'not-found',
    message: 'Nothing is recorded in this range, says the server. Choose another range.',
  },
  videoclip_camera_not_found: { code: 'not-found', message: 'The server does not know this camera.' },
  videoclip_user_quota_exceeded: {
    code: 'rate-limited',
    message: 'The server is already making as many clips as this account may order. It goes on when one is finished.',
  },
  temporarily_unavailable: { code: 'unreachable', message: 'The server is out of order for the moment.' },
  token_invalid_credentials: { code: 'unauthorized', message: 'The user name or the password is wrong.' },
  token_refresh_error: { code: 'unauthorized', message: 'The sign-in has run out. Sign in again.' },
}

/** `nowMs` for Retry-After. The dialect's own status is in `details.serverStatus`, texts by field in `details.fields`. */
export function vmsError(reply: HttpReply, context: { nowMs: number }): AppError {
  const stranger = strangerError(reply)
  if (stranger !== null) return stranger
  const body = bodySchema.safeParse(errorBody(reply)).data
  const { text, fields } = describe(body?.detail)
  const retryAtMs = parseRetryAfter(reply.headers['retry-after'], context.nowMs)
  const general = fromHttpStatus(reply.status, { origin: reply.origin, retryAtMs, text })
  const special = Object.hasOwn(known, body?.status ?? '') ? known[body?.status ?? ''] : undefined
  const details = {
    ...general.details,
    ...(body?.status === undefined ? {} : { serverStatus: cleanText(body.status) }),
    ...(fields === null ? {} : { fields }),
  }
  if (special === undefined) return new AppError(general.code, general.message, { details })
  const says = text === '' ? '' : ` It says: ${text}`
  return new AppError(special.code, `${special.message} (${reply.origin}, ${reply.status})${says}`, { details })
}

type Detail = NonNullable<z.infer<typeof bodySchema>['detail']>

function describe(detail: Detail | undefined): { text: string; fields: Record<string, string> | null } {
  if (detail === undefined || typeof detail === 'string') return { text: cleanText(detail ?? ''), fields: null }
  const entries = detail.slice(0, 50).map(({ loc, msg }) => [cleanText((loc ?? []).join('.')), cleanText(msg)] as const)
  const text = entries.map(([place, says]) => (place === '' ? says : `${place}: ${says}`)).join('; ')
  return { text, fields: Object.fromEntries(entries) }
}
