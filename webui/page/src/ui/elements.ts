/** Every component that is there from the start, by the side effect of its definition. */
import './answer_panel';
import './app_shell';
import './camera_stage';
import './correction_form';
import './empty_stage';
import './film_strip';
import './forget_button';
import './lazy_place';
import './memory_line';
import './model_line';
import './picture_stage';
import './recognise_view';
import './top_bar';
