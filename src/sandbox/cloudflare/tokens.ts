import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal, refuse } from './refusal.ts';
import { type CloudZone, newId, type Permission, type Token } from './state.ts';

/** The tokens that exist. */
export class Tokens {
  readonly #bySecret = new Map<string, Token>();

  /** Makes a token with a secret of the real length; account tokens have the newer prefix. */
  create(token: Omit<Token, 'id' | 'secret'> & { secret?: string }): Token {
    const secret = token.secret ?? `${token.family === 'account' ? 'cfat_' : ''}${randomSecret()}`;
    if (!TOKEN_FORM.test(secret)) throw new RangeError('a token has at least 40 characters of A-Z a-z 0-9 _ -');
    const made: Token = { ...token, id: newId(), secret };
    this.#bySecret.set(secret, made);
    return made;
  }

  findByName(name: string): Token | undefined {
    return [...this.#bySecret.values()].find((token) => token.name === name);
  }

  /** The token of a request, dead ones included; `undefined` where the secret is unknown. Refuses malformed headers. */
  read(headers: IncomingHttpHeaders): Token | undefined {
    const { authorization } = headers;
    if (headers['x-auth-key'] !== undefined) throw malformed(6103, 'Invalid format for X-Auth-Key header');
    if (authorization === undefined)
      throw refuse(400, 9106, 'Missing X-Auth-Key, X-Auth-Email or Authorization headers');
    const secret = /^Bearer (\S+)$/i.exec(authorization)?.[1];
    if (secret === undefined || !TOKEN_FORM.test(secret))
      throw malformed(6111, 'Invalid format for Authorization header');
    return this.#bySecret.get(secret);
  }
}

const TOKEN_FORM = /^[A-Za-z0-9_-]{40,}$/;

function randomSecret(): string {
  return randomBytes(30).toString('base64url');
}

function malformed(code: number, message: string): Refusal {
  return new Refusal(400, [{ code: 6003, message: 'Invalid request headers', error_chain: [{ code, message }] }]);
}

/** The right to edit holds the right to read. */
export function hasPermission(token: Token, permission: Permission): boolean {
  const { permissions } = token;
  if (permissions.includes(permission)) return true;
  if (permission === 'zone:read') return permissions.includes('zone:edit');
  return permission === 'dns:read' && permissions.includes('dns:edit');
}

/** Whether a zone is among those that a token was made for. */
export function isInScope(token: Token, zone: CloudZone): boolean {
  if (token.account !== undefined && token.account !== zone.account.id) return false;
  return token.zones === 'all' || token.zones.includes(zone.name);
}
