import { useStore } from '../store.ts';
import { leaveAsked } from '../leaving.ts';
import { Button } from './button.tsx';
import { Modal, ModalActions } from './modal.tsx';

/** Asks before something typed is left; once on the page. */
export function LeaveDialog() {
  const asked = useStore(leaveAsked);
  if (asked === null) return null;
  const { words, go } = asked;
  const stay = () => {
    leaveAsked.set(null);
  };
  return (
    <Modal title={words.title} onClose={stay}>
      <p>{words.body}</p>
      <ModalActions>
        <Button kind="primary" autoFocus onClick={stay}>
          {words.stay}
        </Button>
        <Button onClick={go}>{words.leave}</Button>
      </ModalActions>
    </Modal>
  );
}
