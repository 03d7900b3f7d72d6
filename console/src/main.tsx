import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { watchUpgrades } from './chunks.ts';
import { Failure } from './failure.tsx';
import { watchFocus } from './kept-focus.ts';
import { leave, watchLeaving } from './leaving.ts';
import { searchWithoutSecrets } from './pasted-secret.ts';
import { queryClient } from './query-client.ts';
import { Screens } from './routes.tsx';
import './styles.css';
import { showTheme } from './theme.ts';

hideSecretOfAddress();
showTheme();
// Before the router: what asks first has not happened for it.
watchLeaving();
watchUpgrades();
watchFocus();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <Router
        base="/console"
        aroundNav={(navigate, to, options) => {
          leave(() => {
            navigate(to, options);
          });
        }}
      >
        <Failure>
          <Screens />
        </Failure>
      </Router>
    </QueryClientProvider>
  </StrictMode>,
);

/** Before anything else reads the address: it stays in no history, and goes into no request. */
function hideSecretOfAddress(): void {
  const search = searchWithoutSecrets(location.search);
  if (search !== location.search) history.replaceState(history.state, '', location.pathname + search + location.hash);
}
