import * as genai3 from '@google/genai';
import * as genai1a from 'genai1a';
import * as genai1b from 'genai1b';
import * as genai2 from 'genai2';
import { connectAiSdk } from './ai-sdk-operations.ts';
import { connectCurl } from './curl-operations.ts';
import { runGeminiCli } from './gemini-cli.ts';
import { connectGenai } from './genai-operations.ts';
import { connectGenerativeAi } from './generative-ai-operations.ts';
import { connectLangchain } from './langchain-operations.ts';
import { connectOpenai } from './openai-operations.ts';
import { runOpencode } from './opencode.ts';
import type { TableClient } from './operations.ts';

/** The unmodified clients that run in Node, by package and major version. */
export const nodeClients: readonly TableClient[] = [
  { name: '@google/genai 3.1', connect: (target) => connectGenai(genai3, target) },
  { name: '@google/genai 2.18', connect: (target) => connectGenai(asThree(genai2), target) },
  { name: '@google/genai 1.52', connect: (target) => connectGenai(asThree(genai1b), target) },
  // It follows the upload's URL verbatim, host and all; later ones put in the host of their base URL.
  { name: '@google/genai 1.34', connect: (target) => connectGenai(asThree(genai1a), target) },
  { name: '@google/generative-ai', connect: connectGenerativeAi },
  { name: '@langchain/google-genai', connect: connectLangchain },
  { name: '@ai-sdk/google', connect: connectAiSdk },
  { name: 'openai', connect: connectOpenai },
  { name: 'curl', connect: connectCurl },
  { name: 'opencode-ai', connect: (target) => ({ stream: (prompt) => runOpencode(target, prompt) }) },
  {
    name: '@google/gemini-cli',
    connect: (target) => ({
      stream: async (prompt) => {
        const { code, stdout, stderr } = await runGeminiCli(target, prompt, 'text');
        if (code !== 0) throw new Error(`gemini-cli ended with ${code}: ${stderr}`);
        return stdout;
      },
    }),
  },
];

/** The majors differ in types that are not used here. */
function asThree(sdk: unknown): typeof genai3 {
  return sdk as typeof genai3;
}
