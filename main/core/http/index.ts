// What other features may use of API calls over HTTP.
export { createBreaker } from './breaker.ts'
export type { Breaker } from './breaker.ts'
export { createHttp } from './create-http.ts'
export type { Http, HttpRequest } from './create-http.ts'
export { fromHttpStatus } from './from-http-status.ts'
export type { HttpReply } from './reply.ts'
