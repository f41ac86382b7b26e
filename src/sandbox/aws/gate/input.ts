import type { z } from 'zod';
import type { Asked } from '../../http.ts';
import { AwsError, badRequest } from './errors.ts';

/** A call's members as they came: path labels, query values and the JSON body, labels winning. */
export type RawInput = Readonly<Record<string, unknown>>;

/** Reads the body as a JSON object. @throws AwsError SerializationException */
export function readBody(asked: Asked): Record<string, unknown> {
  if (asked.body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(asked.body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Falls through to the same refusal.
  }
  throw new AwsError('SerializationException', 400, 'Start of structure or map found where not expected.');
}

/**
 * Validates as AWS does: a value of the wrong JSON type is a SerializationException, one that is missing or out of its bounds a BadRequestException.
 * Members that the model does not know are ignored, and null counts as absent.
 */
export function readInput<T extends z.ZodType>(schema: T, raw: RawInput): z.output<T> {
  const read = schema.safeParse(withoutNulls(raw));
  if (read.success) return read.data;
  const wrongType = read.error.issues.find(
    (issue) => issue.code === 'invalid_type' && valueAt(raw, issue.path) != null,
  );
  if (wrongType?.code === 'invalid_type')
    throw new AwsError(
      'SerializationException',
      400,
      `${shown(valueAt(raw, wrongType.path))} can not be converted to ${wrongType.expected}`,
    );
  const sentences = read.error.issues.map((issue) => {
    const value = valueAt(raw, issue.path);
    const where = issue.path.map(String).join('.');
    const constraint = value == null ? 'Member must not be null' : `Member must satisfy constraint: ${issue.message}`;
    return `Value ${value == null ? 'null' : `'${String(value)}'`} at '${where}' failed to satisfy constraint: ${constraint}`;
  });
  const count = sentences.length;
  throw badRequest(`${count} validation error${count > 1 ? 's' : ''} detected: ${sentences.join('; ')}`);
}

function shown(value: unknown): string {
  return typeof value === 'object' ? 'STRUCTURE_VALUE' : `${typeof value}_VALUE`.toUpperCase();
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) here = typeof here === 'object' && here !== null ? Reflect.get(here, key) : undefined;
  return here;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}

/** One page of a list by an opaque token. @throws AwsError `unknown` (BadRequestException) for a token that was never given out */
export function page<T>(
  items: readonly T[],
  input: { PageSize?: number | undefined; NextToken?: string | undefined },
  unknown = badRequest('Invalid NextToken.'),
) {
  const size = input.PageSize ?? 100;
  let start = 0;
  if (input.NextToken !== undefined) {
    const match = /^from:(\d+)$/.exec(Buffer.from(input.NextToken, 'base64url').toString());
    if (!match || Number(match[1]) > items.length) throw unknown;
    start = Number(match[1]);
  }
  const end = start + size;
  const NextToken = end < items.length ? Buffer.from(`from:${end}`).toString('base64url') : undefined;
  return { items: items.slice(start, end), NextToken };
}
