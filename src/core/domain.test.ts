import { describe, expect, it } from 'vitest';
import { ancestors, parseDomain, parseName, registeredDomain } from './domain.ts';
import { Problem } from './problem.ts';

function problemOf(action: () => unknown): Problem {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('no problem was thrown');
}

describe('parseDomain', () => {
  it.each([
    ['Example.COM.', 'example.com'],
    [' news.example.co.uk ', 'news.example.co.uk'],
    ['münchen.de', 'xn--mnchen-3ya.de'],
    ['例え.jp', 'xn--r8jz45g.jp'],
  ])('brings %s to its one form', (given, expected) => {
    expect(parseDomain(given)).toBe(expected);
  });

  it.each([
    ['co.uk', 'domain.public-suffix'],
    ['com', 'domain.public-suffix'],
    ['192.0.2.1', 'domain.ip'],
    ['2001:db8::1', 'domain.ip'],
    ['', 'name.invalid'],
    ['exa mple.com', 'name.invalid'],
    ['https://example.com', 'name.invalid'],
    ['a@example.com', 'name.invalid'],
    ['a..example.com', 'name.invalid'],
    ['-a.example.com', 'name.invalid'],
    [`${'a'.repeat(64)}.com`, 'name.invalid'],
    ['_dmarc.example.com', 'domain.underscore'],
    ['mail.test', 'domain.special-use'],
  ])('refuses %s', (given, code) => {
    const problem = problemOf(() => parseDomain(given));
    expect(problem.code).toBe(code);
    expect(problem.fix).toBeTruthy();
  });

  it('allows special-use names where a sandbox does', () => {
    expect(parseDomain('mail.test', { allowSpecialUse: true })).toBe('mail.test');
  });
});

it('parseName keeps underscore labels, as DNS does', () => {
  expect(parseName('_DMARC.Example.com')).toBe('_dmarc.example.com');
});

it('knows registered domains and ancestors', () => {
  expect(registeredDomain('a.b.example.co.uk')).toBe('example.co.uk');
  expect(registeredDomain('a.harbor.test')).toBe('harbor.test');
  expect(ancestors('a.b.c.d')).toEqual(['b.c.d', 'c.d']);
});
