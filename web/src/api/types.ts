// The API's shapes by the names the pages use. Everything comes from the generated schema.
import type { paths } from './schema';

type Ok<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

export type Build = Ok<'/api/v1/build'>;
export type Origin = Build['origin'];
export type Table = Ok<'/api/v1/tables/{table}'>;
