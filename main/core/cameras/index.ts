// What other features may use of cameras.
export { createCamerasFeature } from './create-cameras-feature.ts'
export type { Cameras } from './create-cameras-feature.ts'
