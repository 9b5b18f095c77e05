// One at a time: a lock file that a crashed owner cannot leave behind for good. Built-ins only, runs on Node 20.
// Must not know what is done under the lock.
import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const heartbeatMs = 2_000
/** An owner that has not touched its lock for this long is gone, wherever it ran. */
const staleMs = 30_000
const pollMs = 300

/**
 * Runs `work` while no other process holds `path`. Waits as long as the owner lives; `onWait` is called once if it has to.
 * The lock is dropped when `work` ends, and when this process exits.
 */
export async function withLock(path, work, onWait = () => {}) {
  mkdirSync(dirname(path), { recursive: true })
  const token = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() })
  for (let waits = 0; !take(path, token); waits += 1) {
    if (waits === 0) onWait()
    await sleep(pollMs)
  }
  const heartbeat = setInterval(() => touch(path), heartbeatMs)
  const drop = () => {
    if (read(path) === token) rmSync(path, { force: true })
  }
  process.on('exit', drop)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    process.off('exit', drop)
    drop()
  }
}

function take(path, token) {
  try {
    writeFileSync(path, token, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const held = read(path)
  if (held !== null && isStale(path, held)) remove(path, held)
  return false
}

function isStale(path, held) {
  const modifiedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  if (modifiedMs === undefined) return false
  if (Date.now() - modifiedMs > staleMs) return true
  try {
    const owner = JSON.parse(held)
    return owner.host === hostname() && !isAlive(owner.pid)
  } catch {
    return false // being written right now; if not, its age decides
  }
}

/** Moved aside first: whoever moved the wrong one (another waiter was quicker) puts it back. */
function remove(path, held) {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
    if (read(aside) !== held) linkSync(aside, path)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code !== 'ESRCH'
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date())
  } catch {
    // taken over: the new owner keeps it
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}
