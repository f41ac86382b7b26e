import { afterEach, expect, it } from 'vitest';
import { openClient } from './client.ts';
import { lendPassword } from './lent-password.ts';
import { openPlayer, type Played, said } from './server.fixture.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A Mailcow that keeps app passwords by number, and answers the making of one like this. */
async function open(
  adding: () => Played,
  removing: () => Played = () => ({ body: said('success', 'app_passwd_removed', '1') }),
) {
  const names = new Map([[7, 'thunderbird']]);
  const player = await openPlayer(({ path, body }) => {
    if (path.startsWith('get/app-passwd')) return { body: [...names].map(([id, name]) => ({ id, name })) };
    if (path === 'add/app-passwd') {
      names.set(8, (body as { app_name: string }).app_name);
      return adding();
    }
    if (path === 'delete/app-passwd') {
      const answer = removing();
      if (typeof answer === 'object') for (const id of body as string[]) names.delete(Number(id));
      return answer;
    }
    return {};
  });
  const client = openClient({ host: 'mail.example.org', url: player.url, apiKey: 'KEY-KEY', timeoutMs: 1000 });
  closing.push(
    () => client.close(),
    () => player.close(),
  );
  return { client, names };
}

it('is given back, and nobody else’s with it', async () => {
  const { client, names } = await open(() => ({ body: said('success', 'app_passwd_added') }));
  const lent = await lendPassword(client, 'brett@example.com');
  expect([...names.values()]).toEqual(['thunderbird', 'mailwright proof']);
  await lent.giveBack();
  expect([...names.values()]).toEqual(['thunderbird']);
});

it.each([
  ['the answer was lost', () => 'drop' as const],
  ['the answer is a page', () => ({ status: 502, body: '<html>' })],
])('is taken back where it was made and %s', async (_title, adding) => {
  const { client, names } = await open(adding);
  await expect(lendPassword(client, 'brett@example.com')).rejects.toMatchObject({ kind: 'unknown' });
  expect([...names.values()]).toEqual(['thunderbird']);
});

it('that can’t be given back is named, with where it is removed', async () => {
  const { client } = await open(
    () => ({ body: said('success', 'app_passwd_added') }),
    () => ({ status: 502, body: '<html>' }),
  );
  const lent = await lendPassword(client, 'brett@example.com');
  await expect(lent.giveBack()).rejects.toMatchObject({
    code: 'mailcow.lent',
    message: expect.stringMatching(/“mailwright proof” of brett@example\.com/),
    fix: expect.stringContaining('--prove'),
  });
});
