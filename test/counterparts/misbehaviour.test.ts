import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../journeys/stage.ts';
import { CURL, describeClient } from './installed.ts';
import { runProgram } from './program.ts';

// How an HTTP client that knows nothing of either API meets each fault, at SES and at Cloudflare alike.
describeClient(CURL, (curl) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    await stage.control('POST /control/aws/identities', { region: 'us-east-1', name: 'a.test' });
    await stage.zone('a.test');
  });
  afterEach(() => stage.control('DELETE /faults'));
  afterAll(() => stage.close());

  const systems = {
    ses: {
      operation: 'CreateConfigurationSet',
      args: (name: string) => [
        ...['--aws-sigv4', 'aws:amz:us-east-1:ses', '--user'],
        `${stage.env.AWS_ACCESS_KEY_ID}:${stage.env.AWS_SECRET_ACCESS_KEY}`,
        ...['--data', JSON.stringify({ ConfigurationSetName: name })],
        `${stage.env.AWS_ENDPOINT_URL_SESV2}/v2/email/configuration-sets`,
      ],
      made: async (name: string) =>
        ((await stage.control('GET /control/aws/configuration-sets')) as { name: string }[]).some(
          (one) => one.name === name,
        ),
    },
    cloudflare: {
      operation: 'zones.create',
      args: (name: string) => [
        ...['-H', `Authorization: Bearer ${stage.env.CLOUDFLARE_API_TOKEN}`],
        ...['--data', JSON.stringify({ name: `${name}.test` }), `${stage.env.CLOUDFLARE_BASE_URL}/zones`],
      ],
      made: async (name: string) =>
        ((await stage.control('GET /control/zones')) as { name: string }[]).some((one) => one.name === `${name}.test`),
    },
  } as const;

  describe.each(['ses', 'cloudflare'] as const)('%s', (system) => {
    let count = 0;
    /** Asks for something new under one fault: how curl ended, what was answered, and whether it was done. */
    const meet = async (kind: string, more: object = {}) => {
      count += 1;
      const name = `n${count}`;
      const { operation, args, made } = systems[system];
      await stage.control('POST /faults', { kind, system, operation, count: 1, ...more });
      const format = ['-s', '--max-time', '3', '-o', '/dev/null', '-w', '%{http_code} %{content_type} %{time_total}'];
      const type = ['-H', 'content-type: application/json'];
      const { exit, stdout } = await runProgram(curl, [...format, ...type, ...args(name)], {
        folder: dirname(stage.state),
      });
      const [status, ...rest] = stdout.split(' ');
      return {
        exit,
        status: Number(status),
        type: rest.slice(0, -1).join(' '),
        seconds: Number(rest.at(-1)),
        done: await made(name),
      };
    };

    it.each([
      ['throttle', { exit: 0, status: 429, done: false }],
      ['error-before', { exit: 0, status: 500, done: false }],
      ['error-after', { exit: 0, status: 500, done: true }],
      ['html', { exit: 0, status: 502, type: expect.stringContaining('text/html'), done: false }],
      // Nothing within the time that curl waits.
      ['hang', { exit: 28, status: 0, done: true }],
    ])('%s', async (kind, met) => {
      expect(await meet(kind)).toMatchObject(met);
    });

    it('drop', async () => {
      // Fewer bytes than the header promised.
      expect(await meet('drop', { bytes: 1 })).toMatchObject({ exit: 18, status: 200, done: true });
    });

    it('slow', async () => {
      const { seconds, ...met } = await meet('slow', { ms: 800 });
      expect(met).toMatchObject({ exit: 0, status: 200, done: true });
      expect(seconds).toBeGreaterThanOrEqual(0.79);
    });

    it('is over after as many calls as were asked for', async () => {
      await meet('throttle');
      const { args } = systems[system];
      const plain = await runProgram(
        curl,
        ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', 'content-type: application/json', ...args('after')],
        { folder: dirname(stage.state) },
      );
      expect(plain.stdout).toBe('200');
    });
  });
});
