import type { Socket } from 'node:net';
import type { SeededRandom } from '../seeded-random.ts';
import { Lane } from './lane.ts';
import type { Direction, LinkFaults } from './link-faults.ts';

/** One connection through the proxy, and what can be done to it alone. */
export interface ProxiedConnection {
  /** Counts from 1 in the order in which connections were opened. */
  readonly id: number;
  /** Whether one of its two sockets is still open. */
  readonly isOpen: boolean;
  readonly faults: LinkFaults;
  /** Changes how this connection is treated; the proxy's own `set` overrules it later. */
  set(faults: Partial<LinkFaults>): void;
  /** Resets both sockets: no goodbye, and what was on its way is lost. */
  cut(): void;
  /** From now on swallows what both sides say, also that they close; the sockets stay. Ends only with the connection. */
  halfOpen(): void;
  /** Flips one bit of one byte of the next bytes in this direction; where, the seed says. */
  corrupt(direction: Direction): void;
  debugState(): ConnectionState;
}

export interface ConnectionState {
  readonly isHalfOpen: boolean;
  readonly openSockets: number;
  readonly toTarget: LaneState;
  readonly toClient: LaneState;
}

export interface LaneState {
  readonly passedBytes: number;
  readonly heldBytes: number;
  readonly swallowedBytes: number;
  readonly corruptedBytes: number;
}

interface Ends {
  readonly client: Socket;
  readonly target: Socket;
}

/** Carries bytes between two sockets, and their ends: what closes or breaks on one side does on the other. */
export class SocketPair implements ProxiedConnection {
  readonly id: number;
  readonly #ends: Ends;
  readonly #lanes: Readonly<Record<Direction, Lane>>;
  #faults: LinkFaults;
  #isHalfOpen = false;

  constructor(id: number, ends: Ends, faults: LinkFaults, random: SeededRandom) {
    const { client, target } = ends;
    this.id = id;
    this.#ends = ends;
    this.#faults = faults;
    this.#lanes = {
      'to-target': new Lane(client, target, faults, random.fork()),
      'to-client': new Lane(target, client, faults, random.fork()),
    };
    this.#bind(client, target);
    this.#bind(target, client);
  }

  get isOpen(): boolean {
    return this.#openSockets > 0;
  }

  get faults(): LinkFaults {
    return this.#faults;
  }

  set(faults: Partial<LinkFaults>): void {
    this.#faults = { ...this.#faults, ...faults };
    for (const lane of Object.values(this.#lanes)) lane.change(this.#faults);
  }

  cut(): void {
    for (const lane of Object.values(this.#lanes)) lane.stop();
    for (const socket of [this.#ends.client, this.#ends.target]) socket.resetAndDestroy();
  }

  halfOpen(): void {
    this.#isHalfOpen = true;
    for (const lane of Object.values(this.#lanes)) lane.swallow();
    if (this.#ends.client.readableEnded && this.#ends.target.readableEnded) this.cut();
  }

  corrupt(direction: Direction): void {
    this.#lanes[direction].corrupt();
  }

  debugState(): ConnectionState {
    return {
      isHalfOpen: this.#isHalfOpen,
      openSockets: this.#openSockets,
      toTarget: stateOf(this.#lanes['to-target']),
      toClient: stateOf(this.#lanes['to-client']),
    };
  }

  get #openSockets(): number {
    return [this.#ends.client, this.#ends.target].filter((socket) => !socket.destroyed).length;
  }

  #bind(socket: Socket, other: Socket): void {
    socket.setNoDelay(true);
    let isBroken = false;
    socket.on('error', () => {
      isBroken = true;
    });
    socket.on('end', () => {
      // Nobody is left who could be deceived.
      if (this.#isHalfOpen && (other.readableEnded || other.destroyed)) this.cut();
    });
    socket.on('close', () => {
      if (this.#isHalfOpen || other.destroyed) return;
      // After a reset nothing that was on its way arrives; after an orderly end it does, and then ends the other side.
      if (isBroken) other.resetAndDestroy();
    });
  }
}

function stateOf({ passedBytes, heldBytes, swallowedBytes, corruptedBytes }: Lane): LaneState {
  return { passedBytes, heldBytes, swallowedBytes, corruptedBytes };
}
