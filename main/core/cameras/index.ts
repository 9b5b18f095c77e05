// What other features may use of cameras.
export { createCamerasFeature } from './create-cameras-feature.ts'
