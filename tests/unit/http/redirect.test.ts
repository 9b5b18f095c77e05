// Which redirects are followed, and what goes along: by table.
import { expect, test } from 'vitest'
import { followRedirect } from '../../../main/core/http/redirect.ts'

const headers = { Authorization: 'secret', 'X-UUID': 'id', Accept: 'application/json' }

test.each([
  { name: 'same origin', status: 302, location: '/b', to: 'https://a.example/b', isKept: true },
  {
    name: 'another port',
    status: 307,
    location: 'https://a.example:8443/b',
    to: 'https://a.example:8443/b',
    isKept: false,
  },
  { name: 'another host', status: 301, location: '//b.example/', to: 'https://b.example/', isKept: false },
])('followed: $name', ({ status, location, to, isKept }) => {
  const hop = followRedirect(
    { method: 'GET', url: new URL('https://a.example/a'), headers, body: '{}' },
    status,
    location,
  )
  expect(hop.url.href).toBe(to)
  expect(hop.headers).toEqual(isKept ? headers : { Accept: 'application/json' })
  expect(hop.body).toBe(isKept ? '{}' : null)
})

test.each([
  { name: 'to http', method: 'GET', status: 302, location: 'http://a.example/', code: 'forbidden' },
  { name: 'to a file', method: 'GET', status: 302, location: 'file:///etc/passwd', code: 'bad-reply' },
  { name: 'with credentials', method: 'GET', status: 302, location: 'https://u:p@a.example/', code: 'bad-reply' },
  { name: 'nowhere', method: 'GET', status: 302, location: undefined, code: 'bad-reply' },
  { name: 'a change', method: 'POST', status: 302, location: '/b', code: 'bad-reply' },
  { name: 'a change elsewhere', method: 'POST', status: 307, location: 'https://b.example/', code: 'bad-reply' },
])('refused: $name', ({ method, status, location, code }) => {
  const from = { method, url: new URL('https://a.example/a'), headers, body: null }
  expect(() => followRedirect(from, status, location)).toThrow(expect.objectContaining({ code }))
})
