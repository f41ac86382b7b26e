import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedDocs } from '../scripts/docs.ts';
import { ROUTE53_CALLS } from '../src/integrations/dns/route53-permissions.ts';
import { SES_CALLS } from '../src/integrations/ses/calls.ts';
import { IAM_CALLS } from '../src/integrations/ses/smtp/iam-calls.ts';

const docs = await generatedDocs();

describe('generated documentation is what the code says', () => {
  it.each([...docs])('%s', (path, text) => {
    expect(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')).toBe(text);
  });
});

it('the IAM policy allows exactly the calls that the code can make, and what they need besides', () => {
  const policy = JSON.parse(readFileSync(new URL('../docs/iam-policy.json', import.meta.url), 'utf8')) as {
    Statement: { Action: string[] }[];
  };
  const allowed = new Set(policy.Statement.flatMap((one) => one.Action));
  const also = Object.values(SES_CALLS).flatMap((call) => ('also' in call ? call.also.map((one) => one.action) : []));
  expect(allowed).toEqual(new Set([...Object.keys(SES_CALLS).map((call) => `ses:${call}`), ...also]));
});

it('the Route 53 policy allows exactly the commands that its client sends, and nothing that writes over a set unseen', () => {
  const text = readFileSync(new URL('../src/integrations/dns/route53-api.ts', import.meta.url), 'utf8');
  const sent = [...text.matchAll(/new sdk\.(\w+)Command\(/g)].map(([, name]) => name);
  expect(new Set(sent)).toEqual(new Set(Object.keys(ROUTE53_CALLS)));
  const policy = JSON.parse(readFileSync(new URL('../docs/iam-policy-route53.json', import.meta.url), 'utf8')) as {
    Statement: { Action: string[] }[];
  };
  const allowed = policy.Statement.flatMap((one) => one.Action);
  expect(allowed.toSorted()).toEqual(
    Object.keys(ROUTE53_CALLS)
      .map((call) => `route53:${call}`)
      .toSorted(),
  );
});

it('the policy for SMTP credentials allows exactly the calls that are made, for users of ours alone', () => {
  const text = readFileSync(new URL('../src/integrations/ses/smtp/smtp-users.ts', import.meta.url), 'utf8');
  const made = [...text.matchAll(/iam\.call\('(\w+)'/g)].map(([, name]) => name);
  expect(new Set(made)).toEqual(new Set(Object.keys(IAM_CALLS)));
  const policy = JSON.parse(readFileSync(new URL('../docs/iam-policy-smtp.json', import.meta.url), 'utf8')) as {
    Statement: { Action: string[]; Resource: string[] }[];
  };
  const allowed = policy.Statement.flatMap((one) => one.Action);
  expect(allowed.toSorted()).toEqual(
    Object.keys(IAM_CALLS)
      .map((call) => `iam:${call}`)
      .toSorted(),
  );
  const resources = policy.Statement.flatMap((one) => one.Resource);
  expect(resources.every((arn) => arn.endsWith('/mailwright-smtp-*'))).toBe(true);
});

it('every relative link of the documentation leads to a file, and to a heading in it', () => {
  const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...markdownBelow('docs')];
  const broken = pages.flatMap((page) =>
    [...proseOf(page).matchAll(/\]\(([^)#\s]*)(?:#([^)\s]+))?\)/g)]
      .map(([, file = '', heading]) => ({
        file: file === '' ? page : posix.join(posix.dirname(page), file),
        heading,
        link: file,
      }))
      .filter(({ link }) => !/^[a-z]+:/.test(link))
      .filter(
        ({ file, heading }) =>
          !existsSync(below(file)) || (heading !== undefined && !headingsOf(file).includes(heading)),
      )
      .map(({ file, heading }) => `${page}: ${file}${heading === undefined ? '' : `#${heading}`}`),
  );
  expect(broken).toEqual([]);
});

function below(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}

/** A page without its code blocks. */
function proseOf(page: string): string {
  return readFileSync(below(page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
}

/** The names by which a page's headings are linked to, as GitHub makes them. */
function headingsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function markdownBelow(folder: string): string[] {
  const files = readdirSync(below(folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.md')).map((file) => posix.join(folder, file));
}
