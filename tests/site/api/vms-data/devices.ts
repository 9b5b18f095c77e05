// What a camera device behind the vms server reports of itself, as it is before anyone changes it.
// Knows nothing of requests.
import { drawNumber } from './random.ts'

interface Range {
  min_val: number
  max_val: number
}

interface ImageValue {
  current_value: number
  readonly supported_range: Range
}

interface Mode {
  current_mode: string
  readonly supported_modes: readonly string[]
}

interface Encoder {
  readonly name: string
  readonly supported_resolutions: readonly { readonly width: number; readonly height: number }[]
  readonly framerate_range: Range
  readonly bitrate_range: Range
  readonly gov_length_range: Range
}

export interface DeviceStream {
  readonly name: string
  readonly link: string
  current_encoder: string
  current_resolution: string
  current_framerate: number
  current_bitrate: number
  current_gov_length: number
  readonly supported_encoders: readonly Encoder[]
}

export interface Position {
  x: number
  y: number
}

export interface Device {
  readonly info: object
  readonly network: Record<'http' | 'https' | 'rtsp', { port: number; enabled: boolean }>
  readonly users: readonly { readonly user_name: string; readonly user_level: string }[]
  readonly streams: readonly DeviceStream[]
  readonly image: {
    readonly brightness: ImageValue
    readonly contrast: ImageValue
    readonly color_saturation: ImageValue
    readonly sharpness: ImageValue
    readonly backlight_compensation: Mode
    readonly ir_cut_filter: Mode
    readonly exposure: { current_range: Range; readonly supported_range: Range }
    readonly white_balance: Mode & {
      current_cr_gain_value: number
      current_cb_gain_value: number
      readonly supported_range: { readonly cr_gain: Range; readonly cb_gain: Range }
    }
    readonly wide_dynamic_range: Mode & { current_value: number; readonly supported_range: Range }
  }
  /** Null for a camera that cannot move. */
  readonly ptz: {
    /** Each axis from -1 to 1. */
    position: Position
    home: Position
    zoom: number
    readonly presets: Map<string, Position>
    readonly maxPresets: number
  } | null
}

const resolutions = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 720 },
  { width: 640, height: 360 },
]

function range(least: number, most: number): Range {
  return { min_val: least, max_val: most }
}

function makeStream(name: string, path: string, resolution: string, bitrate: number): DeviceStream {
  const encoder = (encoderName: string): Encoder => ({
    name: encoderName,
    supported_resolutions: resolutions,
    framerate_range: range(1, 25),
    bitrate_range: range(64, 8192),
    gov_length_range: range(1, 100),
  })
  return {
    name,
    link: `rtsp://192.0.2.1:554/${path}`,
    current_encoder: 'H264',
    current_resolution: resolution,
    current_framerate: 15,
    current_bitrate: bitrate,
    current_gov_length: 15,
    supported_encoders: [encoder('H264'), encoder('JPEG')],
  }
}

function makeImage(): Device['image'] {
  const value = (): ImageValue => ({ current_value: 50, supported_range: range(0, 100) })
  return {
    brightness: value(),
    contrast: value(),
    color_saturation: value(),
    sharpness: value(),
    backlight_compensation: { current_mode: 'OFF', supported_modes: ['ON', 'OFF'] },
    ir_cut_filter: { current_mode: 'AUTO', supported_modes: ['ON', 'OFF', 'AUTO'] },
    exposure: { current_range: range(10, 40_000), supported_range: range(10, 40_000) },
    white_balance: {
      current_mode: 'AUTO',
      supported_modes: ['AUTO', 'MANUAL'],
      current_cr_gain_value: 50,
      current_cb_gain_value: 50,
      supported_range: { cr_gain: range(0, 100), cb_gain: range(0, 100) },
    },
    wide_dynamic_range: {
      current_mode: 'OFF',
      supported_modes: ['ON', 'OFF'],
      current_value: 50,
      supported_range: range(0, 100),
    },
  }
}

/** The device of one camera; equal ids give equal devices. */
export function createDevice(cameraId: string, canMove: boolean): Device {
  const number = drawNumber('device', cameraId)
  const home = { x: 0, y: 0 }
  return {
    info: {
      manufacturer: 'Site',
      model: `S-${100 + (number % 900)}`,
      firmware_version: '1.0.7',
      serial_number: String(number).padStart(10, '0'),
      hardware_id: '1.0',
    },
    network: {
      http: { port: 80, enabled: true },
      https: { port: 443, enabled: false },
      rtsp: { port: 554, enabled: true },
    },
    users: [
      { user_name: 'admin', user_level: 'Administrator' },
      { user_name: 'viewer', user_level: 'User' },
    ],
    streams: [
      makeStream('MainStream', 'stream1', '1920x1080', 4096),
      makeStream('SubStream', 'stream2', '640x360', 512),
    ],
    image: makeImage(),
    ptz: canMove
      ? { position: { ...home }, home, zoom: 0, presets: new Map([['Gate', { x: 0.4, y: -0.1 }]]), maxPresets: 32 }
      : null,
  }
}
