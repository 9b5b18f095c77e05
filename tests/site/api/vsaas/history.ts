// The history of archive orders of the vsaas dialect: what was ordered before the server started, and each order since.
// Knows nothing of requests; the media behind an order is the media server's.
import { findCamera, siteCameras } from '../../world.ts'
import type { SiteCamera } from '../../world.ts'
import { writeMicroseconds, writeWallClock } from './moments.ts'
import type { ServerZone } from './moments.ts'

export interface Order {
  readonly id: number
  readonly camera: SiteCamera
  readonly fromMs: number
  readonly toMs: number
  readonly orderedAtMs: number
  readonly url: string
}

const hourMs = 3_600_000
/** Files older than 3 hours are deleted (document 003). */
const fileLifeMs = 3 * hourMs
const seededCount = 72
const historyLimit = 10_000

/** Orders of the past fortnight, newest last; the newest of them are young enough for their files to exist. */
export function seedOrders(nowMs: number, makeUrl: (order: Omit<Order, 'url'>) => string): Order[] {
  return Array.from({ length: seededCount }, (_, index) => {
    const ageMs = (seededCount - index) * 4.6 * hourMs - 3 * hourMs
    const orderedAtMs = Math.floor((nowMs - ageMs) / 1000) * 1000
    const toMs = orderedAtMs - (1 + (index % 5)) * hourMs
    const camera = siteCameras[(index * 5) % siteCameras.length]!
    const order = { id: 6400 + index, camera, fromMs: toMs - (5 + (index % 50)) * 60_000, toMs, orderedAtMs }
    return { ...order, url: makeUrl(order) }
  })
}

function compactClock(unixMs: number, zone: ServerZone): { day: string; time: string } {
  const [day = '', time = ''] = writeWallClock(unixMs, zone).split(' ')
  return { day: day.replaceAll('-', ''), time: time.replaceAll(':', '') }
}

/** One row of `GET /downloads`: `from` and `to` carry no zone, the other times do (note V19). */
export function describeOrder(order: Order, nowMs: number, zone: ServerZone): object {
  const { camera, fromMs, toMs, orderedAtMs } = order
  const start = compactClock(fromMs, zone)
  const suffix = camera.audio === 'pcm_alaw' ? 'mov' : 'mp4'
  return {
    id: order.id,
    attributes: [],
    name: `${camera.name}.${start.day}-${start.time}-${compactClock(toMs, zone).time}.${suffix}`,
    type: suffix,
    url: order.url,
    from: writeWallClock(fromMs, zone),
    to: writeWallClock(toMs, zone),
    created_at: writeMicroseconds(orderedAtMs),
    updated_at: writeMicroseconds(orderedAtMs + 2000),
    is_file_exists: nowMs - orderedAtMs < fileLifeMs,
    stream: describeStream(camera),
    user_id: 5,
    user: {
      id: 5,
      login: 'operator@site.example',
      name: 'operator',
      parent_id: 3,
      created_at: '2023-02-03T08:29:07.000000Z',
      updated_at: '2023-02-06T09:19:35.000000Z',
      access_token_id: null,
      can_update_password: true,
    },
  }
}

function describeStream(camera: SiteCamera): object {
  return {
    id: camera.vsaasId * 2,
    type: 'high',
    camera_id: camera.vsaasId,
    is_preview_from_server: true,
    is_archive_from_server: null,
    status: null,
    has_sound: camera.audio !== 'none',
    width: null,
    height: null,
  }
}

export interface OrderHistory {
  /** Newest first. */
  list(createdFromMs: number, createdToMs: number): Order[]
  /** The order with its link; ids grow by one. */
  add(cameraNumber: number, fromMs: number, toMs: number, nowMs: number): Order
}

/** Keeps the newest 10,000 orders. */
export function createOrderHistory(startedAtMs: number, makeUrl: (order: Omit<Order, 'url'>) => string): OrderHistory {
  let orders = seedOrders(startedAtMs, makeUrl)
  let nextId = 6400 + seededCount
  return {
    list: (createdFromMs, createdToMs) =>
      orders
        .filter(({ orderedAtMs }) => orderedAtMs >= createdFromMs && orderedAtMs <= createdToMs)
        .toSorted((one, other) => other.orderedAtMs - one.orderedAtMs || other.id - one.id),
    add(cameraNumber, fromMs, toMs, nowMs) {
      const camera = findCamera(cameraNumber)
      if (camera === undefined) throw new Error(`no camera ${cameraNumber}`)
      const order = { id: nextId++, camera, fromMs, toMs, orderedAtMs: nowMs }
      const whole = { ...order, url: makeUrl(order) }
      orders = [...orders, whole].slice(-historyLimit)
      return whole
    },
  }
}
