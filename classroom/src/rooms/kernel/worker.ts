/** The Worker that runs texts of kernels: it may be ended at any time. */

import { serve } from '../../worker/serve.ts';
import { KernelDesk } from './desk.ts';

serve(new KernelDesk());
