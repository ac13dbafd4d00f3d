import { describe, expect, it } from 'vitest';
import { type Balancer, type Candidate, LeastInFlight, RoundRobin } from './balancer.ts';
import { Latency } from './latency.ts';

class Place implements Candidate {
  readonly id: string;
  readonly latency = new Latency();
  inFlight = 0;
  turn = 0;

  constructor(id: string) {
    this.id = id;
  }
}

const anyone = () => true;
const places = (...ids: string[]) => ids.map((id) => new Place(id));

function pickIds(
  balancer: Balancer,
  all: readonly Place[],
  count: number,
  mayTake: (place: Place) => boolean = anyone,
): string[] {
  return Array.from({ length: count }, () => balancer.pick(all, mayTake, 0)?.id ?? '');
}

describe('RoundRobin', () => {
  it('gives each its turn', () => {
    expect(pickIds(new RoundRobin(), places('a', 'b', 'c'), 7)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
  });

  it('puts nobody off for those who take turns by rules of their own', () => {
    const balancer = new RoundRobin();
    const all = places('a', 'b', 'c', 'd');
    const free: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      balancer.pick(all, ({ id }) => id === 'a');
      free.push(...pickIds(balancer, all, 1));
    }
    expect(free).toEqual(['b', 'c', 'd']);
  });

  it('keeps the turns when some come and go', () => {
    const balancer = new RoundRobin();
    const [a, b, c, d] = places('a', 'b', 'c', 'd');
    if (!a || !b || !c || !d) return;
    pickIds(balancer, [a, b, c], 2);
    expect(pickIds(balancer, [b, c, d], 3)).toEqual(['c', 'd', 'b']);
  });

  it('has nobody to give where none may be taken', () => {
    expect(new RoundRobin().pick(places('a'), () => false)).toBeUndefined();
  });
});

describe('LeastInFlight', () => {
  it('prefers who has the least to do, and takes turns among equals', () => {
    const all = places('a', 'b', 'c');
    const balancer = new LeastInFlight();
    expect(pickIds(balancer, all, 4)).toEqual(['a', 'b', 'c', 'a']);
    for (const place of all) place.inFlight = place.id === 'c' ? 1 : 2;
    expect(pickIds(balancer, all, 2)).toEqual(['c', 'c']);
  });

  it('counts what a slow worker has to do as many times as it is slower', () => {
    const all = places('fast', 'slow');
    const balancer = new LeastInFlight();
    for (const place of all) place.latency.add(place.id === 'slow' ? 1_000 : 100, 0);
    const served: string[] = [];
    for (let index = 0; index < 22; index += 1) {
      const place = balancer.pick(all, anyone, 0);
      if (place !== undefined) place.inFlight += 1;
      served.push(place?.id ?? '');
    }
    expect(served.filter((id) => id === 'slow')).toHaveLength(2);
  });

  it('takes small differences for chance, and forgets large ones in time', () => {
    const all = places('a', 'b');
    const balancer = new LeastInFlight();
    for (const place of all) place.latency.add(place.id === 'b' ? 190 : 100, 0);
    expect(pickIds(balancer, all, 2)).toEqual(['a', 'b']);
    for (let index = 0; index < 100; index += 1) all[1]?.latency.add(800, 0);
    expect(pickIds(balancer, all, 2)).toEqual(['a', 'a']);
    const laterIds = [1, 2].map(() => balancer.pick(all, anyone, 120_000)?.id);
    expect(laterIds).toEqual(['b', 'a']);
  });
});
