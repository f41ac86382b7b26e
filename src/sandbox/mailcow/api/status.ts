import type { Read } from './call.ts';

const CONTAINERS = [
  'acme',
  'clamd',
  'dockerapi',
  'dovecot',
  'memcached',
  'mysql',
  'netfilter',
  'nginx',
  'php-fpm',
  'postfix',
  'redis',
  'rspamd',
  'sogo',
  'unbound',
  'watchdog',
];

/** `get/status/{version|containers}`; of anything else there is no word, not even `{}`. */
export const getStatus: Read = ({ cow, object }) => {
  if (object === 'version') return { version: cow.switches.version };
  if (object !== 'containers') return '';
  return Object.fromEntries(
    CONTAINERS.map((name) => `${name}-mailcow`).map((container) => [
      container,
      {
        type: 'info',
        container,
        state: cow.switches.stopped.includes(container) ? 'exited' : 'running',
        started_at: new Date(cow.startedAt).toISOString(),
        image: `ghcr.io/mailcow/${container.replace('-mailcow', '')}:1.0`,
      },
    ]),
  );
};
