// The mapper of the disk's edge: what a file operation threw becomes an AppError that says what to do. Knows no network.
import path from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { ErrorCode } from '#contract/errors.ts'

interface DiskReason {
  code: ErrorCode
  reason: string
  text: string
}

const full = { code: 'disk-full', reason: 'disk-full', text: 'The disk is full. Make room, then go on.' } as const
const missing = {
  code: 'not-found',
  reason: 'destination-missing',
  text: 'The destination is gone. Plug the drive in or restore the folder, then go on.',
} as const
const denied = {
  code: 'forbidden',
  reason: 'no-permission',
  text: 'This account may not write there. Choose another folder or change its permissions.',
} as const
const broken = {
  code: 'unreachable',
  reason: 'device-error',
  text: 'The drive or network share reports an error. Check it before going on.',
} as const

const reasons: Record<string, DiskReason> = {
  ENOSPC: full,
  EDQUOT: { ...full, text: 'The quota of this account on the disk is used up. Make room, then go on.' },
  EACCES: denied,
  EPERM: denied,
  EROFS: {
    code: 'forbidden',
    reason: 'read-only',
    text: 'The destination can only be read. Remove the write protection or choose another folder.',
  },
  ENOENT: missing,
  ENOTDIR: missing,
  ENODEV: missing,
  ENXIO: missing,
  ENAMETOOLONG: {
    code: 'invalid-input',
    reason: 'path-too-long',
    text: 'The path is too long for this file system. Choose a shorter folder or name template.',
  },
  // No room can be made for it (FAT32 ends at 4 GiB): waiting for some would never end.
  EFBIG: {
    code: 'invalid-input',
    reason: 'file-too-large',
    text: 'This file system cannot hold a file this large (FAT32 ends at 4 GiB). Choose another drive, or order shorter items.',
  },
  EISDIR: { code: 'invalid-input', reason: 'not-a-file', text: 'There is a folder of this name.' },
  ELOOP: { code: 'invalid-input', reason: 'not-a-file', text: 'There is a symbolic link of this name.' },
  EIO: broken,
  ESTALE: broken,
  ENOTCONN: broken,
  EHOSTDOWN: broken,
  ETIMEDOUT: broken,
}

/**
 * Details: `reason`, `systemCode`, `file` (its name without folders) and, for disk-full, `neededBytes` (null when the size of
 * the file is unknown). What is not a known disk error is `internal`.
 */
export function fromDiskError(error: unknown, context: { file: string; neededBytes: number | null }): AppError {
  const systemCode =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
  const file = path.basename(context.file)
  const known = reasons[systemCode]
  if (known === undefined) {
    const message = `Writing ${file} failed unexpectedly (${systemCode}).`
    return new AppError('internal', message, { cause: error, details: { reason: 'unexpected', systemCode, file } })
  }
  const details = { reason: known.reason, systemCode, file }
  return new AppError(known.code, `${file}: ${known.text}`, {
    cause: error,
    details: known.code === 'disk-full' ? { ...details, neededBytes: context.neededBytes } : details,
  })
}
