import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** A place at a socket that is connected to one server: whatever comes from there is heard by everybody who has one. */
export interface Place {
  send(message: Buffer): void;
  leave(): void;
}

/** Whoever has a place hears messages, or why there are none. */
export interface Listener {
  hear(message: Buffer): void;
  fail(error: NodeJS.ErrnoException): void;
}

/** UDP sockets to servers. */
export interface DnsSockets {
  take(address: string, port: number, listener: Listener): Place;
  /** Whoever still has a place hears that it is over, and so does whoever takes one later. */
  close(): void;
}

interface Shared {
  readonly socket: Socket;
  readonly listeners: Set<Listener>;
  readonly waiting: Buffer[];
  isConnected: boolean;
  isShut: boolean;
  taken: number;
}

/** Questions that share a socket at a time, and in all: each socket has a port of its own, which nobody outside can know. */
const MOST_AT_ONCE = 16;
const MOST_IN_ALL = 128;
/** How long an empty socket is kept for the next question. */
const KEEP_MS = 20;

/** Opens none before a question is asked. A connected socket hears its peer alone: the system checks address and port. */
export function openDnsSockets(): DnsSockets {
  const servers = new Map<string, Shared[]>();
  const opened = new Set<Shared>();
  const stopped = new Error('stopped');
  let isClosed = false;

  function open(address: string, port: number, key: string): Shared {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const shared: Shared = { socket, listeners: new Set(), waiting: [], isConnected: false, isShut: false, taken: 0 };
    opened.add(shared);
    const fail = (error: NodeJS.ErrnoException) => {
      drop(shared, key);
      for (const listener of [...shared.listeners]) listener.fail(error);
    };
    socket.on('error', fail);
    socket.on('message', (message) => {
      for (const listener of [...shared.listeners]) listener.hear(message);
    });
    // What can't be connected is told to the callback, whatever its types say.
    const connected = (error?: NodeJS.ErrnoException) => {
      if (error) return fail(error);
      shared.isConnected = true;
      for (const message of shared.waiting.splice(0)) socket.send(message);
    };
    socket.connect(port, address, connected as () => void);
    return shared;
  }

  /** No new question gets it; it is closed when the last one has left. */
  function drop(shared: Shared, key: string): void {
    const left = (servers.get(key) ?? []).filter((one) => one !== shared);
    if (left.length > 0) servers.set(key, left);
    else servers.delete(key);
  }

  function shut(shared: Shared): void {
    if (shared.isShut) return;
    shared.isShut = true;
    opened.delete(shared);
    const { socket } = shared;
    // Only ours: a socket that is still being bound closes by listeners of its own. What the network says later is of no interest.
    socket.removeAllListeners('message');
    socket.removeAllListeners('error');
    socket.on('error', () => {});
    socket.close();
  }

  return {
    take(address, port, listener) {
      if (isClosed) {
        queueMicrotask(() => listener.fail(stopped));
        return { send: () => {}, leave: () => {} };
      }
      const key = `${address} ${port}`;
      const there = servers.get(key) ?? [];
      const free = there.find((one) => one.listeners.size < MOST_AT_ONCE);
      const shared = free ?? open(address, port, key);
      if (!free) servers.set(key, [...there, shared]);
      shared.listeners.add(listener);
      shared.taken += 1;
      if (shared.taken >= MOST_IN_ALL) drop(shared, key);
      shared.socket.ref();
      let isHeld = true;
      return {
        send(message) {
          if (shared.isConnected) shared.socket.send(message);
          else shared.waiting.push(message);
        },
        leave() {
          if (!isHeld) return;
          isHeld = false;
          shared.listeners.delete(listener);
          if (shared.listeners.size > 0) return;
          const isKept = servers.get(key)?.includes(shared) === true;
          if (!isKept) return shut(shared);
          shared.socket.unref();
          const before = shared.taken;
          setTimeout(() => {
            if (shared.taken !== before || shared.listeners.size > 0) return;
            drop(shared, key);
            shut(shared);
          }, KEEP_MS).unref();
        },
      };
    },
    close() {
      isClosed = true;
      servers.clear();
      for (const shared of [...opened]) {
        for (const listener of [...shared.listeners]) listener.fail(stopped);
        shut(shared);
      }
    },
  };
}
