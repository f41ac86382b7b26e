import type * as z from 'zod';
import { nearest } from '../nearest.ts';
import { Problem, Problems } from '../problem.ts';
import { PROFILE_ALIASES, type Profile, profileSchema } from './profile.ts';

/** Checks a profile's data. Throws Problems: every error at once, each with its path, unknown keys with a suggestion. */
export function parseProfile(data: unknown, file: string): Profile {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) {
    throw new Problems([new Problem('input', 'profile.shape', `${file}: a profile is a list of "key: value" lines.`)]);
  }
  const result = profileSchema.safeParse(withoutAliases(data as Record<string, unknown>));
  if (result.success) return result.data;
  throw new Problems(result.error.issues.flatMap((issue) => toProblems(issue, file)));
}

function withoutAliases(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data)
      // A key without a value is a line that somebody left open, not a wish.
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [PROFILE_ALIASES[key] ?? key, inner(value)]),
  );
}

function inner(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inner);
  return value !== null && typeof value === 'object' ? withoutAliases(value as Record<string, unknown>) : value;
}

function toProblems(issue: z.core.$ZodIssue, file: string): Problem[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path.map(String));
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      const full = path ? `${path}.${key}` : key;
      return new Problem(
        'input',
        'profile.unknown-key',
        `${file}: "${full}" is no key of a profile${meant ? `; did you mean "${meant}"?` : '.'}`,
        {
          fix: `Keys here: ${known.join(', ')}.`,
        },
      );
    });
  }
  return [new Problem('input', 'profile.value', `${file}: ${path || 'profile'}: ${issue.message}.`)];
}

/** The keys that the schema knows at a path. */
function keysAt(path: readonly string[]): string[] {
  let schema: unknown = profileSchema;
  for (const key of path) schema = unwrap(shapeOf(schema)?.[key]);
  return Object.keys(shapeOf(schema) ?? {}).filter((key) => key !== '$schema');
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  return (schema as { shape?: Record<string, unknown> } | undefined)?.shape;
}

function unwrap(schema: unknown): unknown {
  const inner = (schema as { unwrap?: () => unknown } | undefined)?.unwrap;
  return inner ? inner.call(schema) : schema;
}
