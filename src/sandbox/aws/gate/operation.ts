import type { z } from 'zod';
import type { Aws, Place, Tag } from '../state.ts';
import { type RawInput, readInput } from './input.ts';
import type { AccessKey } from './keys.ts';
import type { Permission } from './policy.ts';

/** One call: who asks, where, and when (sandbox milliseconds). */
export interface Call {
  readonly aws: Aws;
  readonly key: AccessKey;
  readonly place: Place;
  readonly now: number;
}

/** What an operation is before its input's type is erased. */
export interface Definition<S extends z.ZodType> {
  /** The API's name, which is also the ledger's. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path with labels in braces: '/v2/email/identities/{EmailIdentity}'. */
  readonly path: string;
  /** Whether it changes the world when it succeeds. */
  readonly writes: boolean;
  readonly input: S;
  /** What IAM is asked, in order. */
  asks(input: z.output<S>, call: Call): readonly Permission[];
  /** What a delete takes away, where it may be somebody else's. */
  deletes?(input: z.output<S>, call: Call): { readonly tags: readonly Tag[] } | undefined;
  /** Does it; the answer is the JSON body. */
  run(input: z.output<S>, call: Call): unknown;
}

/** An operation as the server uses it. */
export interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly writes: boolean;
  /** Validates the input and gives what IAM is asked and how it is run. @throws AwsError */
  prepare(
    raw: RawInput,
    call: Call,
  ): {
    readonly permissions: readonly Permission[];
    readonly deletes: { readonly tags: readonly Tag[] } | undefined;
    run(): unknown;
  };
}

/** Makes an operation of its definition. */
export function operation<S extends z.ZodType>(definition: Definition<S>): Operation {
  const { name, method, path, writes } = definition;
  return {
    name,
    method,
    path,
    writes,
    prepare(raw, call) {
      const input = readInput(definition.input, raw);
      return {
        permissions: definition.asks(input, call),
        deletes: definition.deletes?.(input, call),
        run: () => definition.run(input, call),
      };
    },
  };
}

/** A permission with the condition keys that every SES v2 call has and those of the resource's and the request's tags. */
export function permission(
  action: string,
  resource: string,
  call: Call,
  tags: { readonly resource?: readonly Tag[] | undefined; readonly request?: readonly Tag[] | undefined } = {},
  keys: Readonly<Record<string, string | readonly string[]>> = {},
): Permission {
  const { place } = call;
  return {
    action: `ses:${action}`,
    resource,
    keys: {
      'ses:apiversion': '2',
      'aws:requestedregion': place.region,
      'aws:principalaccount': place.accountId,
      ...Object.fromEntries(
        (tags.resource ?? []).map(({ Key, Value }) => [`aws:resourcetag/${Key.toLowerCase()}`, Value]),
      ),
      ...Object.fromEntries(
        (tags.request ?? []).map(({ Key, Value }) => [`aws:requesttag/${Key.toLowerCase()}`, Value]),
      ),
      ...(tags.request ? { 'aws:tagkeys': tags.request.map(({ Key }) => Key) } : {}),
      ...keys,
    },
  };
}
