import { z } from 'zod';

const list = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

const OPERATORS = ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike', 'StringEqualsIgnoreCase'] as const;
type Operator = (typeof OPERATORS)[number];

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: list,
  Resource: list,
  Condition: z.record(z.string().regex(/^(ForAllValues:|ForAnyValue:)?\w+$/), z.record(z.string(), list)).default({}),
});

/** An IAM policy document as far as the stand-in evaluates it; anything else in it is refused rather than ignored. */
export const policySchema = z.strictObject({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z.union([statement, z.array(statement)]).transform((value) => [value].flat()),
});

/** A parsed policy document. */
export type Policy = z.output<typeof policySchema>;

/** What a call asks of IAM: one action on one resource ('*' where the action knows no resources), with condition keys. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  /** Condition keys in lower case; lists for keys with several values. */
  readonly keys?: Readonly<Record<string, string | readonly string[]>>;
}

/** Reads a policy document. @throws RangeError with the path of what IAM, or this stand-in, does not know */
export function readPolicy(document: unknown): Policy {
  const read = policySchema.safeParse(document);
  if (!read.success) throw new RangeError(`malformed policy document: ${z.prettifyError(read.error)}`);
  for (const { Condition } of read.data.Statement)
    for (const operator of Object.keys(Condition))
      if (!OPERATORS.some((known) => operator.replace(/^.*:/, '') === known))
        throw new RangeError(
          `malformed policy document: the sandbox does not evaluate the condition operator ${operator}`,
        );
  return read.data;
}

/** IAM's verdict of one permission: an explicit Deny beats every Allow, and silence is no. */
export function judge(policies: readonly Policy[], asked: Permission): 'allowed' | 'denied' | 'silent' {
  const hits = policies.flatMap((policy) => policy.Statement).filter((statement) => applies(statement, asked));
  if (hits.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return hits.length > 0 ? 'allowed' : 'silent';
}

/** Condition keys that statements about this action and resource ask for and the permission does not carry: lower case, each once. */
export function missingKeys(policies: readonly Policy[], asked: Permission): readonly string[] {
  const about = policies.flatMap((policy) => policy.Statement).filter((statement) => isAbout(statement, asked));
  const wanted = about.flatMap(({ Condition }) => Object.values(Condition).flatMap((keys) => Object.keys(keys)));
  return [...new Set(wanted.map((key) => key.toLowerCase()))].filter((key) => asked.keys?.[key] === undefined);
}

function isAbout(statement: Policy['Statement'][number], asked: Permission): boolean {
  return (
    statement.Action.some((action) => like(action.toLowerCase(), asked.action.toLowerCase())) &&
    statement.Resource.some((resource) => like(resource, asked.resource))
  );
}

function applies(statement: Policy['Statement'][number], asked: Permission): boolean {
  return (
    isAbout(statement, asked) &&
    Object.entries(statement.Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, wanted, asked.keys?.[key.toLowerCase()])),
    )
  );
}

function holds(operator: string, wanted: readonly string[], found: string | readonly string[] | undefined): boolean {
  const name = operator.replace(/^.*:/, '') as Operator;
  const values = found === undefined ? [] : [found].flat();
  if (operator.startsWith('ForAllValues:')) return values.every((value) => compare(name, wanted, value));
  if (operator.startsWith('ForAnyValue:')) return values.some((value) => compare(name, wanted, value));
  const [value] = values;
  // A key that is absent from the request fulfils only the negated operators.
  if (value === undefined) return name.startsWith('StringNot');
  return compare(name, wanted, value);
}

function compare(operator: Operator, wanted: readonly string[], value: string): boolean {
  switch (operator) {
    case 'StringEquals':
      return wanted.includes(value);
    case 'StringNotEquals':
      return !wanted.includes(value);
    case 'StringLike':
      return wanted.some((pattern) => like(pattern, value));
    case 'StringNotLike':
      return !wanted.some((pattern) => like(pattern, value));
    case 'StringEqualsIgnoreCase':
      return wanted.some((other) => other.toLowerCase() === value.toLowerCase());
  }
}

function like(pattern: string, value: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}
