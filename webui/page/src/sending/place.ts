/** The components of the Sending place, which come when it is gone to. */
import './collector_section';
import './consent_section';
import './rejected_section';
import './sending.css';
import './sending_view';
