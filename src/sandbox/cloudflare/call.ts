import type { Editor } from './editor.ts';
import type { Estate } from './estate.ts';
import { isObject, noRoute, refuse } from './refusal.ts';
import type { CloudZone, Permission, Token } from './state.ts';
import { hasPermission, isInScope, type Tokens } from './tokens.ts';

/** What the calls work on. */
export interface Cloud {
  readonly estate: Estate;
  readonly tokens: Tokens;
  readonly editor: Editor;
}

/** One authenticated call. */
export interface Call {
  readonly cloud: Cloud;
  readonly token: Token;
  readonly method: string;
  readonly path: string;
  /** The parts of the path that vary, in order. */
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

/** The answer of a call that worked. */
export interface Answered {
  readonly body: string;
  readonly contentType?: string;
  /** Whether the state changed. */
  readonly effect: boolean;
}

/** The JSON object of a writing call's body. */
export function readBody({ body }: Call): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    parsed = undefined;
  }
  if (!isObject(parsed)) throw refuse(400, 6007, 'Malformed JSON in request body');
  return parsed;
}

/** The zone of a call's path, if the token may do `permission` there. */
export function readZone(call: Call, permission: Permission): CloudZone {
  const zone = call.cloud.estate.findZone(call.ids[0] ?? '');
  if (!zone) throw noRoute(call.path);
  if (!isInScope(call.token, zone) || !hasPermission(call.token, permission))
    throw permission.startsWith('zone:')
      ? refuse(403, 9109, 'Unauthorized to access requested resource')
      : refuse(403, 10_000, 'Authentication error');
  return zone;
}
