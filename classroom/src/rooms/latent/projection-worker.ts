/** A Worker of its own for PCA and t-SNE, which take a second: brush strokes never wait for them. */

import { serve } from '../../worker/serve.ts';
import { neighbourhoodsOf, planeOf, project } from './projections.ts';

const api = { planeOf, project, neighbourhoodsOf };

export type ProjectionApi = typeof api;
serve(api);
