// Which addresses mean this very machine or its own cable (RFC 6890): links and redirects may not lead there (F7).
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

const localAddresses = new BlockList()
localAddresses.addSubnet('0.0.0.0', 8, 'ipv4')
localAddresses.addSubnet('127.0.0.0', 8, 'ipv4')
localAddresses.addSubnet('169.254.0.0', 16, 'ipv4')
localAddresses.addAddress('::', 'ipv6')
localAddresses.addAddress('::1', 'ipv6')
localAddresses.addSubnet('fe80::', 10, 'ipv6')

/** Without the brackets and zone index that a URL or a socket may add to an IPv6 address. */
export function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
}

/** True for loopback, link-local and unspecified addresses (also IPv4 inside IPv6), and for `localhost` names. */
export function isLocalAddress(host: string): boolean {
  const bare = bareHost(host).toLowerCase().replace(/\.$/, '')
  const family = isIP(bare)
  if (family === 0) return bare === 'localhost' || bare.endsWith('.localhost')
  return localAddresses.check(bare, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * True when the host is, or resolves to, a local address: then links to local addresses are nothing special. A name that
 * does not resolve is not local.
 */
export async function isLocalHost(host: string): Promise<boolean> {
  const bare = bareHost(host)
  if (isLocalAddress(bare)) return true
  if (isIP(bare) !== 0) return false
  const found = await lookup(bare, { all: true }).catch(() => [])
  return found.some(({ address }) => isLocalAddress(address))
}
