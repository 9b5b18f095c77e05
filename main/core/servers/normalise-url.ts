// The address of a server as a person types or pastes it, made into the one form that is saved. Pure.
import { AppError } from '#contract/errors.ts'

/**
 * Adds https:// where no scheme is given, drops a pasted `/api/v1…` path, query and trailing slashes, keeps a path prefix.
 * Throws invalid-input for anything but http and https and for credentials in the address.
 */
export function normaliseUrl(text: string): string {
  const trimmed = text.trim()
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`
  if (trimmed === '' || !URL.canParse(withScheme)) throw wrongUrl('That is not an address of a server.')
  const url = new URL(withScheme)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw wrongUrl('The address of a server begins with https:// (or http://).')
  }
  if (url.username !== '' || url.password !== '') {
    throw wrongUrl('The address must not hold a user name or password: they would end up in logs. Sign in instead.')
  }
  const prefix = url.pathname.replace(/\/api\/v1(\/.*)?$/, '').replace(/\/+$/, '')
  return url.origin + prefix
}

function wrongUrl(message: string): AppError {
  return new AppError('invalid-input', message, { details: { fields: { url: message } } })
}
