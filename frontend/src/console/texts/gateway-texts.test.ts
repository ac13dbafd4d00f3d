import { gatewayReasons, settings } from '@gemini-proxy/backend';
import { workerReasons } from '@gemini-proxy/worker';
import { describe, expect, it } from 'vitest';
import { translateSentence } from './gateway-texts.ts';
import { zhGateway } from './zh-gateway.ts';

const reasons: readonly string[] = [...Object.values(workerReasons), ...Object.values(gatewayReasons)];
const placesOf = (text: string) => (text.match(/\{\w+\}/g) ?? []).toSorted();
const flagsOf = (text: string) => (text.match(/--[\w-]+/g) ?? []).toSorted();
const isChinese = (text: string) => /\p{Script=Han}/u.test(text);
/** As a worker says it. */
const said = (text: string) => text.replace('{status}', '403').replace('{message}', 'No: {status} (yet). It is late.');

describe('the description of every setting', () => {
  it('is there in both languages, and none is of a setting that there is no more', () => {
    expect(Object.keys(zhGateway.settings)).toEqual(settings.map(({ member }) => member));
    for (const { member, description } of settings) {
      const translated = zhGateway.settings[member] ?? '';
      expect(description, member).not.toBe('');
      expect(isChinese(translated), member).toBe(true);
      expect(flagsOf(translated), member).toEqual(flagsOf(description));
    }
  });

  it('has a default in both languages where that is described', () => {
    const described = settings.map(({ defaultText }) => defaultText).filter((text) => /^none$| /.test(text));
    expect(new Set(Object.keys(zhGateway.defaults))).toEqual(new Set(described));
  });
});

describe('the reason of a worker', () => {
  it('has a translation with the same places, and no translation is of a reason that nobody gives', () => {
    expect(Object.keys(zhGateway.reasons).toSorted()).toEqual(reasons.toSorted());
    for (const [english, translated] of Object.entries(zhGateway.reasons)) {
      expect(isChinese(translated), english).toBe(true);
      expect(placesOf(translated), english).toEqual(placesOf(english));
    }
  });

  it.each(Object.entries(zhGateway.reasons))('is known by what it says: %s', (english, translated) => {
    expect(translateSentence(zhGateway.reasons, said(english))).toBe(said(translated));
  });

  it('stays as it is where it is not known', () => {
    expect(translateSentence(zhGateway.reasons, 'Something new.')).toBe('Something new.');
    expect(translateSentence({}, 'The user wants it.')).toBe('The user wants it.');
  });
});
