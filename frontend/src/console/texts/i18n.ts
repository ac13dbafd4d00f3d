import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { en } from './en.ts';
import { noGatewayTexts } from './gateway-texts.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

const storageKey = 'gemini-proxy.language';

/** Of what the gateway says, in languages that are not the gateway's. */
export const gatewayNamespace = 'gateway';

/** Every place of the English texts, to be filled by another language. */
export type TextsLike<Texts> = { readonly [Key in keyof Texts]: Texts[Key] extends string ? string : TextsLike<Texts[Key]> };

const loadTexts = {
  async en() {
    return { texts: (await import('./en.ts')).en, gatewayTexts: noGatewayTexts };
  },
  async zh() {
    const [{ zh }, { zhGateway }] = await Promise.all([import('./zh.ts'), import('./zh-gateway.ts')]);
    return { texts: zh, gatewayTexts: zhGateway };
  },
};

/** What the user chose here before, or what the browser prefers. */
function findLanguage(): Language {
  const chosen = localStorage.getItem(storageKey);
  const wanted = [...(chosen === null ? [] : [chosen]), ...navigator.languages].map((name) => name.toLowerCase().slice(0, 2));
  return wanted.flatMap((name) => languages.filter((language) => language === name))[0] ?? 'en';
}

/** Texts are loaded for the language that is shown only. */
export async function startTexts(): Promise<void> {
  i18next.use(initReactI18next);
  await i18next.init({
    lng: 'none',
    fallbackLng: false,
    resources: {},
    interpolation: { escapeValue: false },
  });
  await changeLanguage(findLanguage());
}

async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    const { texts, gatewayTexts } = await loadTexts[language]();
    i18next.addResourceBundle(language, 'translation', texts);
    i18next.addResourceBundle(language, gatewayNamespace, gatewayTexts);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/** Remembers it for the next time. */
export function chooseLanguage(language: Language): void {
  localStorage.setItem(storageKey, language);
  void changeLanguage(language);
}
