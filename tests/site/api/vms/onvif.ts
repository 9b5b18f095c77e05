// Camera devices behind the vms dialect: settings, accounts, PTZ, as the server reads and writes them (section 8).
// Knows nothing of ONVIF itself.
import { answerJson, bodyFields, Refusal, statusOk } from './call.ts'
import type { Call, Handler, Handlers } from './call.ts'
import { createDevice } from '../vms-data/devices.ts'
import type { Device } from '../vms-data/devices.ts'
import { needRow } from './resources.ts'
import type { Fields } from './tables.ts'
import type { VmsContext } from './vms-context.ts'

interface Range {
  readonly min_val: number
  readonly max_val: number
}

function refuseArgument(detail: string): Refusal {
  return new Refusal(400, 'onvif_invalid_argument', detail)
}

function checkRange(value: unknown, range: Range, name: string): void {
  const number = Number(value)
  if (number < range.min_val || number > range.max_val) {
    throw refuseArgument(`${name} has to be ${range.min_val} to ${range.max_val}`)
  }
}

function hasPtz(device: Device): boolean {
  return device.ptz !== null
}

/** Degrees of pan or tilt, or steps of zoom, per step of a move, as parts of the range. */
const movePerStep = 0.02

function movePtz(device: Device, body: Fields): void {
  if (device.ptz === null) return
  const { move, zoom, step } = body
  const distance = Number(step) * movePerStep
  const clamp = (value: number): number => Number(Math.max(-1, Math.min(1, value)).toFixed(4))
  const text = String(move ?? '')
  const { position } = device.ptz
  position.x = clamp(position.x + (text.includes('RIGHT') ? distance : text.includes('LEFT') ? -distance : 0))
  position.y = clamp(position.y + (text.includes('UP') ? distance : text.includes('DOWN') ? -distance : 0))
  const zoomed = zoom === undefined ? 0 : zoom === 'ZOOM_IN' ? distance : -distance
  device.ptz.zoom = Math.max(0, clamp(device.ptz.zoom + zoomed))
}

function describePtz({ ptz }: Device): Fields {
  const whole = { x: { min_val: -1, max_val: 1 }, y: { min_val: -1, max_val: 1 } }
  return {
    pan_tilt: {
      current_position: { ...ptz?.position },
      default_speed_range: { x: 0.5, y: 0.5 },
      supported_range: whole,
    },
    zoom: { default_speed_value: 0.5, supported_range: whole },
    max_num_of_presets: ptz?.maxPresets ?? 0,
    home_supported: true,
  }
}

type DeviceHandler = (device: Device, call: Call) => object

function writeStreamEncoder(device: Device, call: Call): object {
  const { stream_profile: profile, ...wanted } = bodyFields(call)
  const stream = device.streams[['MAIN_STREAM', 'SUB_STREAM_1', 'SUB_STREAM_2'].indexOf(String(profile))]
  if (stream === undefined) throw refuseArgument('the camera has no such stream')
  const ability = stream.supported_encoders.find(({ name }) => name === wanted['encoder'])
  if (ability === undefined) throw refuseArgument('the camera has no such encoder')
  const [width, height] = String(wanted['resolution']).split('x').map(Number)
  const fits = ability.supported_resolutions.some((size) => size.width === width && size.height === height)
  if (!fits) throw refuseArgument('the camera has no such resolution')
  checkRange(wanted['framerate'], ability.framerate_range, 'framerate')
  checkRange(wanted['bitrate'], ability.bitrate_range, 'bitrate')
  if (wanted['gov_length'] !== undefined) checkRange(wanted['gov_length'], ability.gov_length_range, 'gov_length')
  for (const [name, value] of Object.entries(wanted)) Object.assign(stream, { [`current_${name}`]: value })
  return statusOk.json as object
}

/** Sets one number of the picture; names differ between reading and writing (note ON6). */
function writeValue(name: 'brightness' | 'contrast' | 'color_saturation' | 'sharpness'): DeviceHandler {
  return ({ image }, call) => {
    const { value } = bodyFields(call)
    checkRange(value, image[name].supported_range, name)
    image[name].current_value = Number(value)
    return statusOk.json as object
  }
}

function writeMode(name: 'backlight_compensation' | 'ir_cut_filter'): DeviceHandler {
  return ({ image }, call) => {
    image[name].current_mode = String(bodyFields(call)['mode'])
    return statusOk.json as object
  }
}

const writers: Readonly<Record<string, DeviceHandler>> = {
  setOnvifBrightness: writeValue('brightness'),
  setOnvifContrast: writeValue('contrast'),
  setOnvifSaturation: writeValue('color_saturation'),
  setOnvifSharpness: writeValue('sharpness'),
  setOnvifBacklight: writeMode('backlight_compensation'),
  setOnvifIrCutFilter: writeMode('ir_cut_filter'),
  setOnvifStreamEncoder: writeStreamEncoder,
  setOnvifExposure: ({ image }, call) => {
    const { value } = bodyFields(call)
    checkRange(value, image.exposure.supported_range, 'exposure')
    image.exposure.current_range = { min_val: image.exposure.supported_range.min_val, max_val: Number(value) }
    return statusOk.json as object
  },
  setOnvifWideDynamicRange: ({ image }, call) => {
    const { mode, value } = bodyFields(call)
    if (value !== undefined) checkRange(value, image.wide_dynamic_range.supported_range, 'value')
    if (value !== undefined) image.wide_dynamic_range.current_value = Number(value)
    if (mode !== undefined) image.wide_dynamic_range.current_mode = String(mode)
    return statusOk.json as object
  },
  setOnvifWhiteBalance: ({ image }, call) => {
    const { mode, cr_gain: red, cb_gain: blue } = bodyFields(call)
    const balance = image.white_balance
    if (red !== undefined) checkRange(red, balance.supported_range.cr_gain, 'cr_gain')
    if (blue !== undefined) checkRange(blue, balance.supported_range.cb_gain, 'cb_gain')
    if (red !== undefined) balance.current_cr_gain_value = Number(red)
    if (blue !== undefined) balance.current_cb_gain_value = Number(blue)
    if (mode !== undefined) balance.current_mode = String(mode)
    return statusOk.json as object
  },
  setOnvifNetwork: ({ network }, call) => {
    const ports = bodyFields(call)
    for (const [name, port] of Object.entries(ports)) checkRange(port, { min_val: 1, max_val: 65535 }, name)
    for (const name of ['http', 'https', 'rtsp'] as const) {
      if (ports[name] !== undefined) network[name].port = Number(ports[name])
    }
    return statusOk.json as object
  },
  setOnvifUserPassword: ({ users }, call) => {
    const name = call.path['username']
    if (!users.some((user) => user.user_name === name)) throw refuseArgument('the camera has no such account')
    return statusOk.json as object
  },
}

const readers: Readonly<Record<string, DeviceHandler>> = {
  getOnvifInfo: ({ info }) => info,
  getOnvifNetwork: ({ network }) => network,
  listOnvifUsers: ({ users }) => ({ users }),
  listOnvifStreams: ({ streams }) => ({ streams }),
  getOnvifImage: ({ image }) => image,
}

/** The preset the body names; throws when there is none. */
function needPreset(device: Device, call: Call): string {
  const name = String(bodyFields(call)['preset_name'])
  if (device.ptz?.presets.has(name) !== true) throw refuseArgument('there is no such preset')
  return name
}

const ptzHandlers: Readonly<
  Record<string, (device: Device & { ptz: NonNullable<Device['ptz']> }, call: Call) => void>
> = {
  moveOnvifPtz: (device, call) => movePtz(device, bodyFields(call)),
  saveOnvifPtzHome: ({ ptz }) => {
    ptz.home = { ...ptz.position }
  },
  applyOnvifPtzHome: ({ ptz }) => {
    ptz.position = { ...ptz.home }
  },
  createOnvifPtzPreset: ({ ptz }, call) => {
    const name = String(bodyFields(call)['preset_name'])
    if (ptz.presets.size >= ptz.maxPresets) throw refuseArgument('the camera holds no more presets')
    ptz.presets.set(name, { ...ptz.position })
  },
  deleteOnvifPtzPreset: (device, call) => {
    device.ptz.presets.delete(needPreset(device, call))
  },
  applyOnvifPtzPreset: (device, call) => {
    const position = device.ptz.presets.get(needPreset(device, call))
    if (position !== undefined) device.ptz.position = { ...position }
  },
}

export function handleOnvif(context: VmsContext): Handlers {
  const devices = new Map<string, Device>()

  function needDevice(call: Call): Device {
    const camera = needRow(context.store.cameras, call.path['camera_id'], 'Camera')
    const fault = context.switches.onvifFault
    if (fault === 'temporarily_unavailable') throw new Refusal(503, fault, 'the camera does not answer')
    if (fault !== null) throw new Refusal(400, fault, 'the camera refused')
    if (camera.fields['onvif_host'] === undefined) {
      throw new Refusal(400, 'onvif_not_configured', 'the camera has no device address')
    }
    const device = devices.get(camera.id) ?? createDevice(camera.id, camera.fields['ptz'] !== undefined)
    devices.set(camera.id, device)
    return device
  }

  function needPtz(call: Call): Device & { ptz: NonNullable<Device['ptz']> } {
    const device = needDevice(call)
    if (!hasPtz(device)) throw new Refusal(400, 'onvif_unsupported_action', 'the camera cannot move')
    return device as Device & { ptz: NonNullable<Device['ptz']> }
  }

  const handlers: Record<string, Handler> = {
    getOnvifPtz: (call) => answerJson(describePtz(needPtz(call))),
    listOnvifPtzPresets: (call) => answerJson({ presets: [...needPtz(call).ptz.presets.keys()] }),
  }
  for (const [id, handle] of Object.entries({ ...readers, ...writers })) {
    handlers[id] = (call) => answerJson(handle(needDevice(call), call))
  }
  for (const [id, handle] of Object.entries(ptzHandlers)) {
    handlers[id] = (call) => {
      handle(needPtz(call), call)
      return statusOk
    }
  }
  return handlers
}
