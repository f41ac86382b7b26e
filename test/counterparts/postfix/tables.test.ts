import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DomainSpec, RelaySpec } from '../../../src/core/domain-spec.ts';
import type { Change, Findings, Made, Owned } from '../../../src/core/resource.ts';
import { openPostfix as openRelay } from '../../../src/integrations/postfix/index.ts';
import { askRecipient } from '../../../src/integrations/wire/smtp/smtp.ts';
import { describeClient, POSTFIX_AND_SSHD } from '../installed.ts';
import { openPostfix, type Postfix, type PostfixOptions } from './postfix.ts';
import { openSshd } from './sshd.ts';

const NOTHING: Owned = { get: () => undefined, entries: () => [] };

describeClient(POSTFIX_AND_SSHD, () => {
  let sshd: Awaited<ReturnType<typeof openSshd>>;
  let relay: Postfix | undefined;
  beforeAll(async () => {
    sshd = await openSshd();
  }, 60_000);
  afterEach(async () => {
    await relay?.close();
    relay = undefined;
  });
  afterAll(() => sshd?.close());

  /** A relay with these tables, and what the product does with it for new.test. */
  async function open(options: PostfixOptions, more: Partial<RelaySpec> = {}) {
    relay = await openPostfix(options);
    const one: RelaySpec = {
      host: 'mx1.lab.test',
      managed: true,
      recipients: 'any',
      nextHop: '127.0.0.1:2626',
      configDirectory: relay.etc,
      ssh: {
        address: '127.0.0.1',
        port: sshd.port,
        user: 'root',
        keyFile: sshd.keyFile,
        hostKey: sshd.hostKey,
        privilege: 'root',
      },
      ...more,
    };
    const wish = { domain: 'new.test', relays: [one] } as unknown as DomainSpec;
    const { address, port } = relay;
    const withRelay = async <T>(act: (resource: ReturnType<typeof openRelay>) => Promise<T>): Promise<T> => {
      const resource = openRelay(one, {
        passphrase: async () => undefined,
        readCredentials: async () => [],
        timeoutMs: 20_000,
      });
      try {
        return await act(resource);
      } finally {
        await resource.close?.();
      }
    };
    const apply = (changes: readonly Change[]) =>
      withRelay(async (resource) => {
        const outcomes: unknown[] = [];
        await resource.apply(changes, { start: () => {}, outcome: (_id, outcome) => outcomes.push(outcome) });
        return outcomes;
      });
    return {
      plan: (): Promise<Findings> =>
        withRelay(async (resource) => resource.plan(wish, await resource.read(wish, NOTHING, false), NOTHING)),
      apply,
      revert: (changes: readonly Change[]) =>
        withRelay(async (resource) => {
          const made = changes.map((change) => ({ ...change }) as unknown as Made);
          return resource.revert(made, await resource.read(wish, NOTHING, true), wish);
        }),
      says: async (to: string) => {
        const reply = await askRecipient({ address, port }, to);
        return 'silence' in reply ? reply.silence : reply.text;
      },
    };
  }

  describe('are found wherever main.cf says', () => {
    const cases: readonly (readonly [string, PostfixOptions])[] = [
      ['hash', {}],
      ['lmdb', { maps: 'lmdb' }],
      [
        'proxy:hash under other names',
        {
          files: { mine: 'other.test OK\n', routes: 'other.test smtp:[127.0.0.1]:2626\n' },
          main: {
            relay_domains: '$mydestination, proxy:hash:BASE/etc/mine',
            transport_maps: 'proxy:hash:BASE/etc/routes',
            relay_recipient_maps: '',
          },
        },
      ],
      [
        'texthash, and a plain file of names',
        {
          files: { 'names.list': 'other.test\n', 'routes.txt': 'other.test smtp:[127.0.0.1]:2626\n' },
          main: {
            relay_domains: 'BASE/etc/names.list',
            transport_maps: 'texthash:BASE/etc/routes.txt',
            relay_recipient_maps: '',
          },
        },
      ],
      [
        'a list in main.cf itself',
        {
          files: { routes: 'other.test smtp:[127.0.0.1]:2626\n' },
          main: { relay_domains: 'other.test', transport_maps: 'hash:BASE/etc/routes', relay_recipient_maps: '' },
        },
      ],
      [
        'one table for both',
        {
          files: { routes: 'other.test smtp:[127.0.0.1]:2626\n' },
          main: {
            relay_domains: 'hash:BASE/etc/routes',
            transport_maps: 'hash:BASE/etc/routes',
            relay_recipient_maps: '',
          },
        },
      ],
    ];
    it.each(cases)(
      '%s: added, served, and taken back',
      async (_title, options) => {
        const { plan, apply, revert, says } = await open(options);
        const before = ['main.cf', 'mine', 'routes', 'names.list', 'routes.txt', 'relay_domains', 'transport'].map(
          textOf,
        );
        const found = await plan();
        expect(found.conflicts).toEqual([]);
        expect(await apply(found.changes ?? [])).toEqual([{ status: 'done' }]);
        expect(await says('a@new.test')).toMatch(/^250/);
        expect(await says('a@unknown.test')).toMatch(/^554/);
        // A name of a list, should what is said of a key have become one.
        expect(await says('a@ok')).toMatch(/^554/);
        expect((await plan()).changes).toEqual([]);
        const back = await revert(found.changes ?? []);
        expect(await apply(back.changes)).toEqual([{ status: 'done' }]);
        expect(await says('a@new.test')).toMatch(/^554/);
        const after = ['main.cf', 'mine', 'routes', 'names.list', 'routes.txt', 'relay_domains', 'transport'].map(
          textOf,
        );
        expect(after).toEqual(before);
      },
      60_000,
    );
  });

  function textOf(name: string): string {
    try {
      return relay?.read(name) ?? '';
    } catch {
      return '';
    }
  }

  describe('are refused, with what to do there', () => {
    it('kept in SQL that can’t be asked here', async () => {
      const { plan } = await open({ main: { transport_maps: 'mysql:/etc/postfix/transport.cf' } });
      const { conflicts = [] } = await plan();
      expect(conflicts).toMatchObject([
        {
          code: 'postfix.unasked',
          message: expect.stringMatching(/mysql:\/etc\/postfix\/transport\.cf.*unsupported dictionary type/),
          fix: expect.stringContaining('postmap -q new.test'),
        },
      ]);
    });

    it('kept in regular expressions', async () => {
      const { plan } = await open({
        files: { 'routes.re': '/^other\\.test$/ smtp:[127.0.0.1]:2626\n' },
        main: { transport_maps: 'regexp:BASE/etc/routes.re' },
      });
      const { conflicts = [] } = await plan();
      expect(conflicts).toMatchObject([
        {
          code: 'postfix.no-table',
          message: expect.stringContaining('etc/routes.re'),
          fix: expect.stringContaining('new.test relay:[127.0.0.1]:2626'),
        },
      ]);
    });

    it('overridden in master.cf', async () => {
      const { plan } = await open({});
      const path = join(relay?.etc ?? '', 'master.cf');
      const text = relay?.read('master.cf') ?? '';
      writeFileSync(path, text.replace(/^(.* inet n - n - - smtpd)$/m, '$1\n  -o relay_domains=static:nothing'));
      const { conflicts = [] } = await plan();
      expect(conflicts.map((one) => one.code)).toEqual(['postfix.override']);
    });

    it('a domain that the host delivers itself', async () => {
      const { plan } = await open({ destinations: 'new.test' });
      const { conflicts = [] } = await plan();
      expect(conflicts.map((one) => one.code)).toEqual(['postfix.class']);
    });

    it('a parameter that is empty: the commands that make a table', async () => {
      const { plan } = await open({ main: { relay_domains: '', transport_maps: '' } });
      const { conflicts = [] } = await plan();
      expect(conflicts.find((one) => one.name === 'new.test' && one.message.includes('transport_maps'))?.fix).toContain(
        'postconf -e',
      );
    });

    it('an index that was never made: everybody’s mail is refused there', async () => {
      const { plan } = await open({});
      rmSync(join(relay?.etc ?? '', 'transport.db'));
      const { conflicts = [] } = await plan();
      expect(conflicts).toMatchObject([{ code: 'postfix.index', fix: expect.stringContaining('postmap hash:') }]);
    });

    it('lmdb without Postfix’s package for it: which one is missing', async () => {
      const { plan } = await open({ maps: 'lmdb' });
      // As on a host where the package was removed: nothing says where the driver is.
      const meta = join(relay?.base ?? '', 'meta');
      mkdirSync(meta);
      for (const name of ['postfix-files', 'dynamicmaps.cf']) writeFileSync(join(meta, name), '');
      appendFileSync(join(relay?.etc ?? '', 'main.cf'), `meta_directory = ${meta}\n`);
      const { conflicts = [] } = await plan();
      expect(conflicts[0]).toMatchObject({
        code: 'postfix.index',
        message: expect.stringContaining('unsupported dictionary type: lmdb'),
        fix: expect.stringContaining('installing Postfix’s lmdb package'),
      });
    });

    it('an open relay is an error of its own', async () => {
      const { plan } = await open({
        main: { smtpd_relay_restrictions: 'permit_mynetworks', smtpd_recipient_restrictions: 'permit' },
      });
      // Postfix itself refuses to run so; what was read says it.
      const { checks = [] } = await plan();
      expect(checks.find((one) => one.id === 'relay.open')?.status).toBe('failed');
    });
  });

  it('writes the next hop as the relay’s other domains write it for the same host', async () => {
    const { plan, apply } = await open({
      files: { relay_domains: '', relay_recipients: '', transport: 'other.test relay:[127.0.0.1]:2626\n' },
    });
    const found = await plan();
    await apply(found.changes ?? []);
    expect(relay?.read('transport')).toContain('new.test\trelay:[127.0.0.1]:2626');
    execFileSync('postmap', ['-c', relay?.etc ?? '', '-q', 'new.test', `hash:${relay?.etc}/transport`]);
  });
});
