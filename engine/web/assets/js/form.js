// Written by the room of the forms.
