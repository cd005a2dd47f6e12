/** The Worker of the two trainings. */

import { serve } from '../../worker/serve.ts';
import { Rivals } from './rivals.ts';

serve(new Rivals());
