/** The components of the Model place, which come when it is gone to. */
import '../labels/section';
import './backend_section';
import './model_view';
import './reject_section';
import './retention_section';
import './settings_section';
