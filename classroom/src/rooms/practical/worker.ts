import { serve } from '../../worker/serve.ts';
import { PracticalDesk } from './desk.ts';

serve(new PracticalDesk());
