/** Every component, by the side effect of its definition. */
import './answer_panel';
import './app_shell';
import './backend_section';
import './camera_stage';
import './correction_form';
import './empty_stage';
import './film_strip';
import './history_view';
import './lazy_performance';
import './memory_line';
import './model_view';
import './parked_dialog';
import './picture_stage';
import './recognise_view';
import './settings_section';
import './top_bar';
